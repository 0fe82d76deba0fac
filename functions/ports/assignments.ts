import type { Assignment } from '../core/assignment.ts';
import type { Versioned } from './versioned.ts';

export type Assignments = {
  list(runtime: string): Promise<Versioned<Assignment>[]>;
  read(runtime: string, tenant: string): Promise<Versioned<Assignment> | undefined>;
  /**
   * Writes where the stored generation is still `expected` (null: where there is none).
   * Returns the new generation, or `conflict` where somebody was faster.
   */
  write(assignment: Assignment, expected: string | null): Promise<{ generation: string } | 'conflict'>;
};
