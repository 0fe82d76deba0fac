import type { Assignment } from '../core/assignment.ts';
import type { Listed } from '../core/unreadable.ts';
import type { Versioned } from './versioned.ts';

export type Assignments = {
  list(runtime: string): Promise<Listed<Versioned<Assignment>>>;
  /** Undefined where there is none. @throws CorruptRecordError */
  read(runtime: string, tenant: string): Promise<Versioned<Assignment> | undefined>;
  /**
   * Writes where the stored generation is still `expected` (null: where there is none).
   * Returns the new generation, or `conflict` where somebody was faster.
   */
  write(assignment: Assignment, expected: string | null): Promise<{ generation: string } | 'conflict'>;
};
