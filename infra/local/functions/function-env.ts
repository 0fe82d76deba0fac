import { dirname, join } from 'node:path';
import { functionEnv } from '../../contract/function-env.ts';
import { layout } from '../layout.ts';

export type Endpoints = {
  /** `http://host:port` */
  storage: string;
  /** `host:port` */
  pubsub: string;
  run: string;
};

/** Lists are free on one machine. */
const ORPHANS_SECONDS = 60;

export type Tuning = {
  runQuotaPerMinute: number;
  retryFirstSeconds: number;
  /** How long a claim lasts, and its margin. Default: as in the cloud. */
  claimSeconds?: number;
  /** The interval of the orphan scans. */
  orphansSeconds?: number;
  /** Executions that may run at the same time. Default: as in the cloud. */
  maxRunning?: number;
};

/** The variables that `functions/core/config.ts` reads, for the embedded cloud. */
export function configEnv(endpoints: Endpoints, tuning: Tuning): Record<string, string> {
  const { project, buckets } = layout;
  const deployment = { project, buckets: { ...buckets, environments: [buckets.environments] } };
  const { runQuotaPerMinute: runsPerMinute, maxRunning } = tuning;
  const limits = { runsPerMinute, ...(maxRunning !== undefined && { maxRunning }) };
  return {
    ...functionEnv({ ...deployment, limits }),
    PINCAST_STORAGE_ENDPOINT: endpoints.storage,
    PINCAST_PUBSUB_ENDPOINT: endpoints.pubsub,
    PINCAST_RUN_ENDPOINT: endpoints.run,
    PINCAST_RETRY_FIRST_SECONDS: String(tuning.retryFirstSeconds),
    PINCAST_ORPHANS_SECONDS: String(tuning.orphansSeconds ?? ORPHANS_SECONDS),
    ...claimEnv(tuning.claimSeconds),
    METADATA_SERVER_DETECTION: 'none',
  };
}

function claimEnv(seconds: number | undefined): Record<string, string> {
  if (seconds === undefined) return {};
  return { PINCAST_CLAIM_SECONDS: String(seconds), PINCAST_CLAIM_MARGIN_SECONDS: String(seconds) };
}

/** The complete environment of a child process, without variables that redirect the clients. */
export function childEnv(cache: string): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR && { TMPDIR }),
    NODE_ENV: 'production',
    NODE_COMPILE_CACHE: cache,
    METADATA_SERVER_DETECTION: 'none',
  };
}

/** Lies beside the state, so that compiled code survives the removal of the state. */
export function compileCache(stateDir: string): string {
  return join(dirname(stateDir), 'compile-cache');
}
