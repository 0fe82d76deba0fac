import type { Digest } from '../../values/digest.ts';
import type { Location } from '../location.ts';

/** Claims of the caller of `jobs.run` about the run; each must agree with the ledger. */
export type LaunchClaims = {
  launchId: string | null;
  revision: number | null;
  url: string | null;
  digest: Digest | null;
};

/** This task among Cloud Run's: `CLOUD_RUN_EXECUTION`, `…_TASK_INDEX`, `…_TASK_ATTEMPT`. */
export type Task = { execution: string; index: number; attempt: number };

/** The command names the tenant and the buckets; their ledger selects what runs. */
export type PinnedMode = {
  kind: 'pinned';
  tenant: string;
  runtime: string;
  pins: string;
  assignments: string;
  receipts: string;
  claims: LaunchClaims;
  task: Task;
};

/** The caller names the bytes by URL and digest. */
export type DirectMode = { kind: 'direct'; url: Location; digest: Digest };

/** `upload` null: nothing is archived. */
export type ResultsOptions = { url: string; envVar: string; upload: Location | null };

/** The user and group that own the environment and run the workload. */
export type WorkloadUser = { uid: number; gid: number };

export type SandboxOptions = {
  mode: PinnedMode | DirectMode;
  /** Null: the workload runs as the entrypoint's own user. */
  workloadUser: WorkloadUser | null;
  launch: 'run' | 'verify';
  /** `CLOUD_RUN_TASK_COUNT`; any value but 1 is refused. */
  taskCount: number;
  storageEndpoint: string | null;
  workDir: string;
  maxEnvironmentBytes: number;
  timeoutSeconds: number | null;
  results: ResultsOptions;
  /** Empty only if `launch` is `verify`. */
  command: readonly string[];
};
