import { allTasksEnded, type ExecutionState } from '../model/execution-state.ts';
import type { TaskRecord } from '../model/records.ts';
import { identityOf } from '../store/process-identity.ts';
import type { Store } from '../store/store.ts';
import { removeFolder } from './attempt-folders.ts';
import { type AttemptEnd, afterAttempt, cancelledTask, type StopReason, startedAttempt } from './attempt-outcome.ts';
import type { ChildAttempt } from './child-attempt.ts';
import { type AttemptOptions, type OpenAttempt, openAttempt } from './open-attempt.ts';
import { type Slot, TaskQueue } from './task-queue.ts';

export type RunnerOptions = AttemptOptions & {
  store: Store;
  maxProcesses: number;
  /** Of them, how many that started in the last moment: starting costs a core, going on may cost nothing. */
  maxStarting: number;
  now: () => Date;
  /** Called once for every execution that has completed. */
  onComplete: (execution: ExecutionState) => void;
};

/** A process that has run for so long counts as started. */
const STARTING_MS = 1_000;

type Ended = { end: AttemptEnd; stopped: StopReason | undefined };

/** Turns pending tasks into processes, at most so many at once, and what became of them into the executions' state. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #queue = new TaskQueue();
  readonly #running = new Map<ChildAttempt, { execution: ExecutionState; done: Promise<void> }>();
  readonly #starting = new Set<ChildAttempt>();
  #pumping = false;
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Queues a new execution, or what is left of one after a restart. */
  add(execution: ExecutionState): void {
    this.#queue.add(execution);
    this.#pumpSoon();
    this.#completeIfEnded(execution);
  }

  /** Pending tasks never start, running ones get SIGTERM and then SIGKILL; it completes when the last has ended. */
  cancel(execution: ExecutionState): void {
    const at = this.#now();
    this.#putProgress(execution, { cancelTime: at });
    for (const task of execution.tasks) if (task.phase === 'pending') this.#putTask(execution, cancelledTask(task, at));
    this.#stop(execution);
    this.#completeIfEnded(execution);
  }

  /** Forgets an execution that is deleted; its processes are stopped as those of a cancelled one. */
  remove(execution: ExecutionState): void {
    this.#queue.remove(execution);
    this.#stop(execution);
    this.#options.folders.removeLogs(execution.record.name);
  }

  /** Starts nothing more, and waits for what is running to end within the grace period. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const attempt of this.#running.keys()) attempt.stop('interrupted');
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #now = (): string => this.#options.now().toISOString();

  #putTask(execution: ExecutionState, task: TaskRecord): void {
    this.#options.store.commit({ kind: 'task', execution: execution.record.name, task });
  }

  #putProgress(execution: ExecutionState, change: ExecutionState['progress']): void {
    const progress = { ...execution.progress, ...change };
    this.#options.store.commit({ kind: 'progress', execution: execution.record.name, progress, at: this.#now() });
  }

  #stop(execution: ExecutionState): void {
    for (const [attempt, running] of this.#running) if (running.execution === execution) attempt.stop('cancelled');
  }

  /** One process per turn of the event loop: spawning blocks for a millisecond or two, and callers wait meanwhile. */
  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      if (this.#closed || !this.#hasRoom()) return;
      const slot = this.#queue.take();
      if (!slot) return;
      this.#start(slot);
      this.#pumpSoon();
    });
  }

  #hasRoom(): boolean {
    const { maxProcesses, maxStarting } = this.#options;
    return this.#running.size < maxProcesses && this.#starting.size < maxStarting;
  }

  #start(slot: Slot): void {
    const { execution } = slot;
    const opened = openAttempt(this.#options, slot);
    if ('kind' in opened) this.#end(execution, this.#begin(slot, undefined), { end: opened, stopped: undefined });
    else this.#running.set(opened.attempt, { execution, done: this.#follow(slot, opened) });
  }

  async #follow(slot: Slot, { attempt, folder }: OpenAttempt): Promise<void> {
    const started = this.#begin(slot, attempt.pid);
    this.#starting.add(attempt);
    const timer = setTimeout(() => this.#hasStarted(attempt), STARTING_MS);
    const end = await attempt.ended;
    clearTimeout(timer);
    this.#starting.delete(attempt);
    this.#running.delete(attempt);
    this.#end(slot.execution, started, { end, stopped: attempt.stopped });
    await removeFolder(folder);
  }

  #hasStarted(attempt: ChildAttempt): void {
    this.#starting.delete(attempt);
    this.#pumpSoon();
  }

  /** Noted at once after the spawn, with the process: a server that dies now can still end it when it comes back. */
  #begin({ execution, task }: Slot, pid: number | undefined): TaskRecord {
    const at = this.#now();
    const started = startedAttempt(task, pid === undefined ? undefined : identityOf(pid), at);
    this.#putTask(execution, started);
    if (!execution.progress.startTime) this.#putProgress(execution, { startTime: at });
    return started;
  }

  #end(execution: ExecutionState, started: TaskRecord, ended: Ended): void {
    if (this.#queue.has(execution)) this.#record(execution, started, ended);
    this.#pumpSoon();
  }

  #record(execution: ExecutionState, started: TaskRecord, ended: Ended): void {
    const at = this.#now();
    const after = afterAttempt(started, { ...ended, maxRetries: execution.record.template.maxRetries ?? 0, at });
    // It ended on its own in the very moment of the cancellation: no further attempt.
    const task = after.phase === 'pending' && execution.progress.cancelTime ? cancelledTask(after, at) : after;
    this.#putTask(execution, task);
    if (task.phase === 'pending') this.#queue.addAgain(execution, task.index);
    else this.#queue.addNext(execution);
    this.#completeIfEnded(execution);
  }

  #completeIfEnded(execution: ExecutionState): void {
    if (!allTasksEnded(execution) || !this.#queue.remove(execution)) return;
    this.#putProgress(execution, { completionTime: this.#now() });
    this.#options.onComplete(execution);
  }
}
