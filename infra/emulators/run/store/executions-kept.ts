import { type ExecutionState, isComplete } from '../model/execution-state.ts';
import type { JobState } from './run-state.ts';

/** The oldest completed executions of a job past the number that is kept. */
export function* forgotten(job: JobState, kept: number): Generator<ExecutionState> {
  let excess = job.completed - kept;
  if (excess <= 0) return;
  for (const execution of job.executions.oldestFirst()) {
    if (!isComplete(execution)) continue;
    yield execution;
    excess -= 1;
    if (excess <= 0) return;
  }
}
