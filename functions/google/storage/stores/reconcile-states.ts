import { parseRecord, readable } from '../../../core/records/codec.ts';
import { baseName, names } from '../../../core/records/object-names.ts';
import { newReconcileState, type ReconcileState, reconcileStateSchema } from '../../../core/records/reconcile-state.ts';
import { promptedStartSchema } from '../../../core/rollout/prompted-start.ts';
import type { ReconcileStates } from '../../../ports/reconcile-states.ts';
import type { JsonObjects } from '../json-objects.ts';

export function storageReconcileStates(control: JsonObjects): ReconcileStates {
  const write = async (name: string, record: object, expected: string | null) => {
    const written = await (expected === null ? control.create(name, record) : control.replace(name, record, expected));
    return typeof written === 'object' ? 'written' : 'conflict';
  };
  return {
    list: () =>
      control.list(names.reconciles, ({ name, generation, text }) => ({
        value: readReconcileState(text, name),
        generation,
      })),
    read: async (runtime) => {
      const name = names.reconcile(runtime);
      const stored = await control.read(name);
      return stored && { value: readReconcileState(stored.value, name), generation: stored.generation };
    },
    write: (state, expected) => write(names.reconcile(state.runtime), state, expected),
    lastPrompted: async (runtime) => {
      const name = names.prompt(runtime);
      const stored = await control.read(name);
      const read = (text: string) => readable(() => parseRecord(promptedStartSchema, text, name));
      return stored && { value: read(stored.value), generation: stored.generation };
    },
    markPrompted: (start, expected) => write(names.prompt(start.runtime), start, expected),
  };
}

/** Takes the runtime from the object's name; the content cannot change it. */
export function readReconcileState(text: string, name: string): ReconcileState {
  const runtime = baseName(name);
  const stored = readable(() => parseRecord(reconcileStateSchema, text, name));
  return { ...(stored ?? newReconcileState(runtime)), runtime };
}
