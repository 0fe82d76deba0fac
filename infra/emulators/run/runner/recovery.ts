import { type ExecutionState, isComplete } from '../model/execution-state.ts';
import type { TaskRecord } from '../model/records.ts';
import { killLeftOver } from '../store/process-identity.ts';
import type { Store } from '../store/store.ts';
import { afterAttempt } from './attempt-outcome.ts';

/** The task after its attempt was lost with the server: a failed attempt, because its end is unknown. */
function interrupted(execution: ExecutionState, task: TaskRecord, at: string): TaskRecord {
  const maxRetries = execution.record.template.maxRetries ?? 0;
  const after = afterAttempt(task, { end: { kind: 'lost' }, stopped: 'interrupted', maxRetries, at });
  return after.phase === 'pending' && execution.progress.cancelTime
    ? { ...after, phase: 'cancelled', completionTime: at }
    : after;
}

/**
 * Ends the attempts that an earlier server left running: their processes are killed and the attempts count as failed.
 *
 * @returns the executions that are still to be run, oldest first
 */
export async function recover(store: Store, now: () => Date): Promise<ExecutionState[]> {
  const unfinished = [...store.state.executions()].filter((execution) => !isComplete(execution));
  for (const execution of unfinished) {
    for (const task of execution.tasks.filter(({ phase }) => phase === 'running')) {
      if (task.process) await killLeftOver(task.process);
      const after = interrupted(execution, task, now().toISOString());
      store.commit({ kind: 'task', execution: execution.record.name, task: after });
    }
  }
  return unfinished.sort((left, right) => left.record.sequence - right.record.sequence);
}
