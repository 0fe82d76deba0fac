import type { AttemptFolders } from './attempt-folders.ts';
import { removeFolder } from './attempt-folders.ts';
import { type AttemptEnd, afterAttempt, cancelledTask, type StopReason, startedAttempt } from './attempt-outcome.ts';
import { ChildAttempt } from './child-attempt.ts';
import { argvOf, containerEnv } from './container.ts';
import { allTasksEnded, type ExecutionState } from './execution-state.ts';
import { Fifo } from './fifo.ts';
import { identityOf } from './process-identity.ts';
import type { TaskRecord } from './records.ts';
import type { Store } from './store.ts';
import { milliseconds } from './time.ts';

export type RunnerOptions = {
  store: Store;
  folders: AttemptFolders;
  maxProcesses: number;
  environment: Record<string, string>;
  graceMs: number;
  now: () => Date;
  /** Called once for every execution that has completed. */
  onComplete: (execution: ExecutionState) => void;
};

type Slot = { execution: ExecutionState; index: number };

/**
 * Turns pending tasks into processes, at most so many at once, in the order in which they came.
 *
 * An execution has as many slots in the queue or running as its parallelism says; a slot goes on with the same task
 * while that has retries left, then with the execution's next task.
 */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #queue = new Fifo<Slot>();
  readonly #unqueued = new Map<ExecutionState, Generator<number>>();
  readonly #running = new Map<ChildAttempt, { execution: ExecutionState; done: Promise<void> }>();
  #pumping = false;
  #closed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Queues a new execution, or what is left of one after a restart. */
  add(execution: ExecutionState): void {
    this.#unqueued.set(execution, pendingTasks(execution));
    for (let slots = 0; slots < execution.record.parallelism; slots += 1) if (!this.#queueNext(execution)) break;
    this.#completeIfEnded(execution);
  }

  /** Pending tasks never start, running ones get SIGTERM and then SIGKILL; it completes when the last has ended. */
  cancel(execution: ExecutionState): void {
    const { store } = this.#options;
    const at = this.#now();
    const { name } = execution.record;
    store.commit({ kind: 'progress', execution: name, progress: { ...execution.progress, cancelTime: at }, at });
    for (const task of execution.tasks) {
      if (task.phase === 'pending') store.commit({ kind: 'task', execution: name, task: cancelledTask(task, at) });
    }
    this.#stop(execution);
    this.#completeIfEnded(execution);
  }

  /** Forgets an execution that is deleted; its processes are stopped as those of a cancelled one. */
  remove(execution: ExecutionState): void {
    this.#unqueued.delete(execution);
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

  #stop(execution: ExecutionState): void {
    for (const [attempt, running] of this.#running) if (running.execution === execution) attempt.stop('cancelled');
  }

  #queueNext(execution: ExecutionState): boolean {
    const next = this.#unqueued.get(execution)?.next();
    if (!next || next.done) return false;
    this.#queueSlot({ execution, index: next.value });
    return true;
  }

  #queueSlot(slot: Slot): void {
    this.#queue.put(slot);
    this.#pumpSoon();
  }

  /** One process per turn of the event loop: spawning blocks for a millisecond or two, and callers wait meanwhile. */
  #pumpSoon(): void {
    if (this.#pumping || this.#closed) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      if (this.#closed || this.#running.size >= this.#options.maxProcesses) return;
      const slot = this.#queue.take();
      if (!slot) return;
      this.#start(slot);
      this.#pumpSoon();
    });
  }

  #start({ execution, index }: Slot): void {
    const task = execution.tasks[index];
    // Cancelled or deleted while it waited.
    if (task?.phase !== 'pending' || !this.#unqueued.has(execution)) return;
    const container = execution.record.template.containers?.[0] ?? {};
    const argv = argvOf(container);
    if (argv) this.#spawn(execution, task, argv);
    else this.#end(execution, this.#begin(execution, task, undefined), { kind: 'no-command' }, undefined);
  }

  #spawn(execution: ExecutionState, task: TaskRecord, argv: [string, ...string[]]): void {
    const { folders, environment, graceMs } = this.#options;
    const { record } = execution;
    const container = record.template.containers?.[0] ?? {};
    const attemptNumber = task.attempts;
    const { folder, cwd } = folders.create(record.name, task.index, attemptNumber, container);
    const attempt = new ChildAttempt({
      argv,
      env: containerEnv(environment, container, { execution: record, index: task.index, attempt: attemptNumber }),
      workingDirectory: cwd,
      logPath: folders.logPath(record.name, task.index, attemptNumber),
      timeoutMs: milliseconds(record.template.timeout ?? { seconds: 600 }),
      graceMs,
    });
    const started = this.#begin(execution, task, attempt.pid);
    const done = attempt.ended.then(async (end) => {
      this.#running.delete(attempt);
      this.#end(execution, started, end, attempt.stopped);
      await removeFolder(folder);
    });
    this.#running.set(attempt, { execution, done });
  }

  /** Noted at once after the spawn, with the process: a server that dies now can still end it when it comes back. */
  #begin(execution: ExecutionState, task: TaskRecord, pid: number | undefined): TaskRecord {
    const { store } = this.#options;
    const at = this.#now();
    const { name } = execution.record;
    const started = startedAttempt(task, pid === undefined ? undefined : identityOf(pid), at);
    store.commit({ kind: 'task', execution: name, task: started });
    if (!execution.progress.startTime) {
      store.commit({ kind: 'progress', execution: name, progress: { ...execution.progress, startTime: at }, at });
    }
    return started;
  }

  #end(execution: ExecutionState, started: TaskRecord, end: AttemptEnd, stopped: StopReason | undefined): void {
    if (this.#unqueued.has(execution)) this.#record(execution, started, end, stopped);
    this.#pumpSoon();
  }

  #record(execution: ExecutionState, started: TaskRecord, end: AttemptEnd, stopped: StopReason | undefined): void {
    const at = this.#now();
    const maxRetries = execution.record.template.maxRetries ?? 0;
    const after = afterAttempt(started, { end, stopped, maxRetries, at });
    // It ended on its own in the very moment of the cancellation: no further attempt.
    const task = after.phase === 'pending' && execution.progress.cancelTime ? cancelledTask(after, at) : after;
    this.#options.store.commit({ kind: 'task', execution: execution.record.name, task });
    if (task.phase === 'pending') this.#queueSlot({ execution, index: task.index });
    else this.#queueNext(execution);
    this.#completeIfEnded(execution);
  }

  #completeIfEnded(execution: ExecutionState): void {
    if (!allTasksEnded(execution) || !this.#unqueued.delete(execution)) return;
    const at = this.#now();
    const { name } = execution.record;
    const progress = { ...execution.progress, completionTime: at };
    this.#options.store.commit({ kind: 'progress', execution: name, progress, at });
    this.#options.onComplete(execution);
  }
}

/** Looks at each task once, when its turn comes. */
function* pendingTasks(execution: ExecutionState): Generator<number> {
  for (let index = 0; index < execution.tasks.length; index += 1) {
    if (execution.tasks[index]?.phase === 'pending') yield index;
  }
}
