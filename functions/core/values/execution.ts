import type { Outcome } from './outcome.ts';

/** A Cloud Run execution, reduced to the fields that rules read. */
export type Execution = {
  /** `projects/P/locations/R/jobs/J/executions/E` */
  name: string;
  job: string;
  createdAt: string;
  /** From its environment variables; null in a console run. */
  launchId: string | null;
  revision: number | null;
  started: boolean;
  outcome: Outcome;
};

/** `…/executions/E` → `E`, the value of `CLOUD_RUN_EXECUTION` in the sandbox. */
export function executionId(execution: string): string {
  return execution.slice(execution.lastIndexOf('/') + 1);
}

export function executionName(job: string, id: string): string {
  return `${job}/executions/${id}`;
}

/** `projects/…/jobs/J/executions/E` → `projects/…/jobs/J` */
export function jobOf(execution: string): string {
  return execution.slice(0, execution.indexOf('/executions/'));
}
