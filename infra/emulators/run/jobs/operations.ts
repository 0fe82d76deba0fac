import { type ExecutionState, isComplete } from '../model/execution-state.ts';
import { locationOf } from '../model/names.ts';
import type { Execution } from '../model/records.ts';
import { type Any, packExecution } from '../views/wire.ts';

/** `google.longrunning.Operation`, as far as it is used: here operations end with a response, never with an error. */
export type Operation = { name: string; metadata: Any; done: boolean; response?: Any };

const KEPT = 1_000;
const EXECUTION_OPERATION = /\/operations\/(run|cancel)-([0-9a-f-]{36})$/;

/** The uid of the execution that an operation waits for. */
export const executionOfOperation = (name: string): string | undefined => EXECUTION_OPERATION.exec(name)?.[2];

/** Its name is made of the execution, so that it can be asked for after a restart too. */
export function executionOperation(name: string, state: ExecutionState, view: Execution): Operation {
  const packed = packExecution(view);
  if (!isComplete(state)) return { name, metadata: packed, done: false };
  return { name, metadata: packed, done: true, response: packed };
}

export function operationName(kind: 'run' | 'cancel', { record }: ExecutionState): string {
  return `${locationOf(record.name)}/operations/${kind}-${record.uid}`;
}

/** Operations that were done when they were answered; the last thousand can still be asked for. */
export class DoneOperations {
  readonly #done = new Map<string, Operation>();

  add(location: string, result: Any): Operation {
    const name = `${location}/operations/${crypto.randomUUID()}`;
    const operation: Operation = { name, metadata: result, done: true, response: result };
    this.#done.set(name, operation);
    const oldest = this.#done.keys().next().value;
    if (this.#done.size > KEPT && oldest) this.#done.delete(oldest);
    return operation;
  }

  get = (name: string): Operation | undefined => this.#done.get(name);
}
