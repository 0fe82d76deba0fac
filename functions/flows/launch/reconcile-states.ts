import { newReconcileState, type ReconcileState } from '../../core/records/reconcile-state.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';

const MAX_RACES = 5;

/**
 * Changes a runtime's reconcile state by CAS, and retries with the newest state after a conflict.
 *
 * @param change returns undefined if there is nothing to write.
 * @returns the newest state.
 */
export async function updateState(
  runtime: string,
  change: (state: ReconcileState) => ReconcileState | undefined,
  states: ReconcileStates,
): Promise<ReconcileState> {
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await states.read(runtime);
    const before = stored?.value ?? newReconcileState(runtime);
    const after = change(before);
    if (after === undefined) return before;
    if ((await states.write(after, stored?.generation ?? null)) === 'written') return after;
  }
  throw new Error(`the reconcile state of ${runtime} changed ${MAX_RACES} times while it was written`);
}
