import { formatRecord, parseRecord, readable } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import { promptedStartSchema } from '#functions/core/rollout/prompted-start.ts';
import { readReconcileState } from '#functions/google/storage/stores/reconcile-states.ts';
import type { ReconcileStates } from '#functions/ports/reconcile-states.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

export function fakeReconcileStates(control: ObjectStore, gate: Gate): ReconcileStates {
  const write = (method: string, name: string, record: object, expected: string | null) => {
    const text = formatRecord(record);
    return gate('reconciles', method, name, () => {
      const written = expected === null ? control.create(name, text) : control.replace(name, text, expected);
      return typeof written === 'object' ? ('written' as const) : ('conflict' as const);
    });
  };
  return {
    list: () =>
      gate('reconciles', 'list', '', () =>
        control.list(names.reconciles).map(({ name, text, generation }) => ({
          value: readReconcileState(text, name),
          generation,
        })),
      ),
    read: (runtime) => {
      const name = names.reconcile(runtime);
      return gate('reconciles', 'read', name, () => {
        const stored = control.read(name);
        return stored && { value: readReconcileState(stored.text, name), generation: stored.generation };
      });
    },
    write: (state, expected) => write('write', names.reconcile(state.runtime), state, expected),
    lastPrompted: (runtime) => {
      const name = names.prompt(runtime);
      return gate('reconciles', 'lastPrompted', name, () => {
        const stored = control.read(name);
        return (
          stored && {
            value: readable(() => parseRecord(promptedStartSchema, stored.text, name)),
            generation: stored.generation,
          }
        );
      });
    },
    markPrompted: (start, expected) => write('markPrompted', names.prompt(start.runtime), start, expected),
  };
}
