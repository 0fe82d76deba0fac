import type { Assignment } from '../records/assignment.ts';
import { hasPassed } from './wave-gate.ts';

/**
 * The newest revision other than `target` that the tenant passed; undefined if none is known. A workload that still ran when
 * its tenant was reassigned has not passed.
 */
export function lastGoodBefore(assignment: Assignment, target: number | undefined): number | undefined {
  return assignment.revision !== target && hasPassed(assignment) ? assignment.revision : assignment.lastGood;
}
