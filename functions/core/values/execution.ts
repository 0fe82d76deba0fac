import type { Outcome } from './outcome.ts';

/** What Pincast needs to know of a Cloud Run execution. */
export type Execution = {
  /** `projects/P/locations/R/jobs/J/executions/E` */
  name: string;
  job: string;
  createdAt: string;
  /** From its environment: who launched it, and for which revision; absent in a console run. */
  launchId: string | null;
  revision: number | null;
  started: boolean;
  outcome: Outcome;
};

/** `…/executions/E` → `E`, the name that the sandbox itself sees. */
export function executionId(execution: string): string {
  return execution.slice(execution.lastIndexOf('/') + 1);
}

export function executionName(job: string, short: string): string {
  return `${job}/executions/${short}`;
}

/** `projects/…/jobs/J/executions/E` → `projects/…/jobs/J` */
export function jobOf(execution: string): string {
  return execution.slice(0, execution.indexOf('/executions/'));
}
