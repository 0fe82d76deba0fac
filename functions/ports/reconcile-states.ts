import type { Versioned } from '../core/records/codec.ts';
import type { ReconcileState } from '../core/records/reconcile-state.ts';
import type { PromptedStart } from '../core/rollout/prompted-start.ts';

/** State that reconciles share. An unreadable object counts as a new state, which the next write replaces. */
export type ReconcileStates = {
  /** The states of all runtimes. */
  list(): Promise<Versioned<ReconcileState>[]>;
  /** Undefined if there is none. */
  read(runtime: string): Promise<Versioned<ReconcileState> | undefined>;
  /** Writes if the stored generation is `expected`; null: if there is no state yet. */
  write(state: ReconcileState, expected: string | null): Promise<'written' | 'conflict'>;
  /** A value of null if the object cannot be read. */
  lastPrompted(runtime: string): Promise<Versioned<PromptedStart | null> | undefined>;
  markPrompted(start: PromptedStart, expected: string | null): Promise<'written' | 'conflict'>;
};
