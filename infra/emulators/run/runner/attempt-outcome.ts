import type { AttemptResult, ProcessIdentity, TaskRecord } from '../model/records.ts';

/** How a process ended; `spawn-failed` when there never was one. */
export type AttemptEnd =
  | { kind: 'exited'; exitCode: number }
  | { kind: 'signalled'; termSignal: number }
  | { kind: 'lost' }
  | { kind: 'spawn-failed'; message: string }
  | { kind: 'no-command' };

/** Why the server itself stopped an attempt. */
export type StopReason = 'timeout' | 'cancelled' | 'interrupted';

const STOPPED: Record<StopReason, string> = {
  timeout: 'The configured timeout was reached.',
  cancelled: 'The execution was cancelled.',
  interrupted: 'The server stopped while the attempt was running.',
};

function endMessage(end: AttemptEnd): string {
  switch (end.kind) {
    case 'exited':
      return end.exitCode === 0 ? '' : `The container exited with the exit code ${end.exitCode}.`;
    case 'signalled':
      return `The container was terminated by signal ${end.termSignal}.`;
    case 'lost':
      return 'Its process was lost.';
    case 'spawn-failed':
      return `The container could not be started: ${end.message}.`;
    case 'no-command':
      return 'The container has no command, and there are no images here that could name one.';
    default:
      return end satisfies never;
  }
}

/** A stopped attempt failed at any exit code, because its work was cut off. */
function attemptResult(end: AttemptEnd, stopped: StopReason | undefined): AttemptResult {
  const message = [stopped && STOPPED[stopped], endMessage(end)].filter(Boolean).join(' ');
  const result: AttemptResult = { message, started: end.kind !== 'spawn-failed' && end.kind !== 'no-command' };
  if (end.kind === 'exited') result.exitCode = end.exitCode;
  if (end.kind === 'signalled') result.termSignal = end.termSignal;
  return result;
}

export type Ending = { end: AttemptEnd; stopped: StopReason | undefined; maxRetries: number; at: string };

function phaseAfter(task: TaskRecord, { end, stopped, maxRetries }: Ending): TaskRecord['phase'] {
  if (stopped === 'cancelled') return 'cancelled';
  if (end.kind === 'exited' && end.exitCode === 0 && !stopped) return 'succeeded';
  if (end.kind === 'no-command') return 'failed';
  return task.attempts <= maxRetries ? 'pending' : 'failed';
}

/** The task after an attempt of it ended: done, failed for good, or pending again for its next attempt. */
export function afterAttempt(task: TaskRecord, ending: Ending): TaskRecord {
  const phase = phaseAfter(task, ending);
  const { process: _gone, ...rest } = task;
  const lastResult = attemptResult(ending.end, ending.stopped);
  if (phase === 'pending') return { ...rest, phase, lastResult, updateTime: ending.at };
  return { ...rest, phase, lastResult, updateTime: ending.at, completionTime: ending.at };
}

/** The task at the start of its next attempt; its start time is the first attempt's. */
export function startedAttempt(task: TaskRecord, process: ProcessIdentity | undefined, at: string): TaskRecord {
  const started: TaskRecord = { ...task, phase: 'running', attempts: task.attempts + 1, updateTime: at };
  started.startTime ??= at;
  if (process) started.process = process;
  return started;
}

/** A task that was cancelled before it could run. */
export const cancelledTask = (task: TaskRecord, at: string): TaskRecord => ({
  ...task,
  phase: 'cancelled',
  updateTime: at,
  completionTime: at,
});
