import { type ExecutionState, executionEtag } from '../model/execution-state.ts';
import type { Execution } from '../model/records.ts';
import { notFound, requireEtag } from '../model/rpc-error.ts';
import type { AttemptFolders } from '../runner/attempt-folders.ts';
import type { Runner } from '../runner/runner.ts';
import type { JobState } from '../store/run-state.ts';
import type { Store } from '../store/store.ts';
import { executionView } from '../views/execution-view.ts';
import type { CompletionWaiters } from './completion-waiters.ts';
import type { DoneOperations } from './operations.ts';
import type { RunQuota } from './run-quota.ts';

/** What the services share. */
export type Context = {
  store: Store;
  runner: Runner;
  folders: AttemptFolders;
  quota: RunQuota;
  done: DoneOperations;
  waiters: CompletionWaiters;
  maxRunningExecutions: number;
  now: () => Date;
};

export function knownJob({ store }: Context, name: string): JobState {
  const job = store.state.job(name);
  if (!job) throw notFound(name);
  return job;
}

export function knownExecution({ store }: Context, name: string, etag?: string | null): ExecutionState {
  const execution = store.state.execution(name);
  if (!execution) throw notFound(name);
  requireEtag(name, etag, executionEtag(execution));
  return execution;
}

export const viewOf = ({ folders }: Context, state: ExecutionState): Execution =>
  executionView(state, folders.executionLogUri(state.record.name));

/** Removes an execution from the state, stops its processes and deletes its logs. */
export function dropExecution({ store, runner }: Context, execution: ExecutionState): void {
  store.commit({ kind: 'execution-deleted', name: execution.record.name });
  runner.remove(execution);
}
