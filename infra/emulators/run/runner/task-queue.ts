import YoctoQueue from 'yocto-queue';
import type { ExecutionState } from '../model/execution-state.ts';
import type { TaskRecord } from '../model/records.ts';

/** A task that may have a process now. */
export type Slot = { execution: ExecutionState; task: TaskRecord };

/**
 * Tasks that wait for a process, in the order in which they came. An execution has as many of them waiting or running
 * as its parallelism says.
 */
export class TaskQueue {
  readonly #waiting = new YoctoQueue<{ execution: ExecutionState; index: number }>();
  readonly #unqueued = new Map<ExecutionState, Generator<number>>();

  /** Adds an execution with the first of its pending tasks. */
  add(execution: ExecutionState): void {
    this.#unqueued.set(execution, pendingTasks(execution));
    for (let slots = 0; slots < execution.record.parallelism; slots += 1) this.addNext(execution);
  }

  /** Queues the execution's next pending task, after one of its tasks has ended. */
  addNext(execution: ExecutionState): void {
    const next = this.#unqueued.get(execution)?.next();
    if (next && !next.done) this.#waiting.enqueue({ execution, index: next.value });
  }

  addAgain(execution: ExecutionState, index: number): void {
    this.#waiting.enqueue({ execution, index });
  }

  has = (execution: ExecutionState): boolean => this.#unqueued.has(execution);

  /** Queues no more tasks of it; false where the execution is unknown. */
  remove = (execution: ExecutionState): boolean => this.#unqueued.delete(execution);

  /** The next task that is still to be run: others were cancelled or deleted while they waited. */
  take(): Slot | undefined {
    for (let slot = this.#waiting.dequeue(); slot; slot = this.#waiting.dequeue()) {
      const { execution, index } = slot;
      const task = execution.tasks[index];
      if (task?.phase === 'pending' && this.has(execution)) return { execution, task };
    }
    return undefined;
  }
}

/** Reads each task once, when a process is free for it. */
function* pendingTasks(execution: ExecutionState): Generator<number> {
  for (let index = 0; index < execution.tasks.length; index += 1) {
    if (execution.tasks[index]?.phase === 'pending') yield index;
  }
}
