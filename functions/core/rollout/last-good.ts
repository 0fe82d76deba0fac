import type { Assignment } from '../records/assignment.ts';
import { hasPassed } from './wave-gate.ts';

/**
 * The newest revision other than `target` that the tenant is known to have passed. Undefined where none is known: a
 * workload that still ran when its tenant was moved proves nothing.
 */
export function lastGoodBefore(assignment: Assignment, target: number | undefined): number | undefined {
  return assignment.revision !== target && hasPassed(assignment) ? assignment.revision : assignment.lastGood;
}
