import type { ExecutionState } from '../model/execution-state.ts';
import { Fifo } from '../model/fifo.ts';
import type { TaskRecord } from '../model/records.ts';

/** One task's turn to have a process. */
export type Slot = { execution: ExecutionState; task: TaskRecord };

/**
 * Tasks that wait for a process, in the order in which they came. An execution has as many of them waiting or running
 * as its parallelism says.
 */
export class TaskQueue {
  readonly #waiting = new Fifo<{ execution: ExecutionState; index: number }>();
  readonly #unqueued = new Map<ExecutionState, Generator<number>>();

  /** Takes an execution in, with the first of its pending tasks. */
  add(execution: ExecutionState): void {
    this.#unqueued.set(execution, pendingTasks(execution));
    for (let slots = 0; slots < execution.record.parallelism; slots += 1) this.addNext(execution);
  }

  /** A task of it has ended: the next one's turn. */
  addNext(execution: ExecutionState): void {
    const next = this.#unqueued.get(execution)?.next();
    if (next && !next.done) this.#waiting.put({ execution, index: next.value });
  }

  addAgain(execution: ExecutionState, index: number): void {
    this.#waiting.put({ execution, index });
  }

  has = (execution: ExecutionState): boolean => this.#unqueued.has(execution);

  /** Nothing more of it; false when it was not known. */
  remove = (execution: ExecutionState): boolean => this.#unqueued.delete(execution);

  /** The next task that is still to be run: others were cancelled or deleted while they waited. */
  take(): Slot | undefined {
    for (let slot = this.#waiting.take(); slot; slot = this.#waiting.take()) {
      const { execution, index } = slot;
      const task = execution.tasks[index];
      if (task?.phase === 'pending' && this.has(execution)) return { execution, task };
    }
    return undefined;
  }
}

/** Looks at each task once, when its turn comes. */
function* pendingTasks(execution: ExecutionState): Generator<number> {
  for (let index = 0; index < execution.tasks.length; index += 1) {
    if (execution.tasks[index]?.phase === 'pending') yield index;
  }
}
