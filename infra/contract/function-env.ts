import type { MessageFunction } from './delivery.ts';
import type { DeployedBuckets, DeployedLimits, Deployment } from './deployment.ts';

export type FunctionName = MessageFunction | 'status';

/** Each function's file: `functions/<file>.ts`, and its bundle. */
export const functionFiles = {
  fanOut: 'fan-out',
  recheck: 'recheck',
  receipt: 'receipt',
  status: 'status',
} as const satisfies Record<FunctionName, string>;

type ConfiguredDeployment = Pick<Deployment, 'project'> & {
  buckets: Omit<DeployedBuckets, 'source'>;
  limits: Partial<DeployedLimits>;
};

/**
 * The variables of every function, as functions/core/config.ts reads them.
 *
 * All functions get the same ones, because each reads the whole configuration. Variables with a good default are left out.
 */
export function functionEnv({ project, buckets, limits }: ConfiguredDeployment): Record<string, string> {
  const { maxEnvironmentBytes, runsPerMinute, maxRunning } = limits;
  return {
    PINCAST_PROJECT: project,
    PINCAST_PINS_BUCKET: buckets.pins,
    PINCAST_ASSIGNMENTS_BUCKET: buckets.assignments,
    PINCAST_CONTROL_BUCKET: buckets.control,
    PINCAST_RECEIPTS_BUCKET: buckets.receipts,
    PINCAST_RESULTS_BUCKET: buckets.results,
    PINCAST_ENVIRONMENTS_BUCKETS: buckets.environments.join(','),
    ...(maxEnvironmentBytes !== undefined && { PINCAST_MAX_ENVIRONMENT_BYTES: String(maxEnvironmentBytes) }),
    ...(runsPerMinute !== undefined && { PINCAST_RUNS_PER_MINUTE: String(runsPerMinute) }),
    ...(maxRunning !== undefined && { PINCAST_MAX_RUNNING: String(maxRunning) }),
  };
}
