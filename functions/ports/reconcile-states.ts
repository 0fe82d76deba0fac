import type { Versioned } from '../core/records/codec.ts';
import type { ReconcileState } from '../core/records/reconcile-state.ts';
import type { PromptedStart } from '../core/rollout/prompted-start.ts';

/** What reconciles tell each other. An object that cannot be read counts as a new state, which the next write replaces. */
export type ReconcileStates = {
  /** Of every runtime. */
  list(): Promise<Versioned<ReconcileState>[]>;
  /** Undefined where there is none. */
  read(runtime: string): Promise<Versioned<ReconcileState> | undefined>;
  /** Where the stored generation is still `expected` (null: where there is none). */
  write(state: ReconcileState, expected: string | null): Promise<'written' | 'conflict'>;
  /** A value of null where the object cannot be read. */
  lastPrompted(runtime: string): Promise<Versioned<PromptedStart | null> | undefined>;
  markPrompted(start: PromptedStart, expected: string | null): Promise<'written' | 'conflict'>;
};
