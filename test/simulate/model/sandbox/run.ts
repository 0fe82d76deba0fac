import type { Job, ModelExecution } from '../cloud/cloud-run.ts';
import type { Wire } from '../cloud/wire.ts';

/** One attempt of a task, while its process lives. */
export type Run = {
  job: Job;
  execution: ModelExecution;
  /** `execution/attempt`: its name in every decision of the seed. */
  process: string;
  wire: Wire;
  interruption: AbortSignal;
};
