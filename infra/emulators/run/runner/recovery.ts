import { type ExecutionState, isComplete } from '../model/execution-state.ts';
import type { TaskRecord } from '../model/records.ts';
import { killLeftOver } from '../store/process-identity.ts';
import type { Store } from '../store/store.ts';
import { afterAttempt } from './attempt-outcome.ts';

/** The task whose attempt the server's death ended: a failed attempt, because nobody saw how it went. */
function interrupted(execution: ExecutionState, task: TaskRecord, at: string): TaskRecord {
  const maxRetries = execution.record.template.maxRetries ?? 0;
  const after = afterAttempt(task, { end: { kind: 'lost' }, stopped: 'interrupted', maxRetries, at });
  return after.phase === 'pending' && execution.progress.cancelTime
    ? { ...after, phase: 'cancelled', completionTime: at }
    : after;
}

/**
 * Brings what an earlier server left under way into order: its processes are killed if they still live, their attempts
 * have failed.
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
