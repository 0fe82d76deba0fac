import type { Config } from '#functions/core/config.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';

export const buckets = {
  pins: 'pins',
  assignments: 'assignments',
  control: 'control',
  receipts: 'receipts',
  results: 'results',
  environments: 'environments',
} as const;

/** What the functions of a simulated run are configured with. */
export function buildConfig(overrides: {
  runsPerMinute: number;
  maxRunning: number;
  functionSeconds: number;
  maxAttempts: number;
}): Config {
  return {
    project: 'p1',
    buckets: { ...buckets, environments: [buckets.environments] },
    endpoints: {},
    runsPerMinute: overrides.runsPerMinute,
    maxRunning: overrides.maxRunning,
    maxEnvironmentBytes: 10_000,
    functionSeconds: overrides.functionSeconds,
    recheckStaleSeconds: 120,
    orphansSeconds: 120,
    retry: { ...defaultRetryPolicy, maxAttempts: overrides.maxAttempts, maxDelaySeconds: 60 },
  };
}
