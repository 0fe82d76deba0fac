import type { Assignment, PlannedAssignment } from '../records/assignment.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import { type Adoption, isFailure, isVerdict } from '../values/adoption.ts';
import type { Outcome } from '../values/outcome.ts';

/** The state of one tenant of a wave. */
export type Member = { adoption: Adoption; outcome: Outcome | null };

export type GateVerdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE';

/**
 * FAIL if failures exceed `maxFailures`; PASS if every member that is not held has passed or failed. A wave with held members
 * only is INCONCLUSIVE, because it proves nothing about the pin.
 */
export function gateVerdict(members: readonly Member[], maxFailures: number): GateVerdict {
  if (members.filter(hasFailed).length > maxFailures) return 'FAIL';
  const free = members.filter(({ adoption }) => adoption !== 'HELD');
  return free.length > 0 && !free.some(isOpen) ? 'PASS' : 'INCONCLUSIVE';
}

/** True if a receipt proves the pin and Cloud Run reports success. */
export function hasPassed({ adoption, outcome }: Member): boolean {
  return adoption === 'ADOPTED' && outcome?.state === 'SUCCEEDED';
}

/** True if the member counts towards `maxFailures`: a verdict without proof, or a failed workload. */
export function hasFailed({ adoption, outcome }: Member): boolean {
  if (adoption !== 'ADOPTED') return isFailure(adoption);
  return outcome?.state === 'FAILED' || outcome?.state === 'CANCELLED';
}

/** True for neither passed nor failed, also for an adopted tenant with an unknown outcome. */
export function isOpen(member: Member): boolean {
  return !hasPassed(member) && !hasFailed(member);
}

/** A registered tenant's target, and what it is assigned. */
export type TargetedTenant = { target: LedgerEntry | undefined; assignment: Assignment | undefined };

/**
 * The revisions whose failures exceed their `maxFailures`: tenants that never launched them keep their pin.
 *
 * @param tenants every registered tenant of the runtime.
 */
export function failedRevisions(tenants: readonly TargetedTenant[]): ReadonlySet<number> {
  const failures = new Map<number, number>();
  const failed = new Set<number>();
  for (const { target, assignment } of tenants) {
    if (target === undefined || assignment?.revision !== target.revision || !hasFailed(assignment)) continue;
    const count = (failures.get(target.revision) ?? 0) + 1;
    failures.set(target.revision, count);
    if (count > target.rollout.maxFailures) failed.add(target.revision);
  }
  return failed;
}

/** True if the tenant never launched this revision: it has no execution, attempt or verdict of it. */
export function isFirstLaunch(
  stored: PlannedAssignment | undefined,
  { revision }: Pick<LedgerEntry, 'revision'>,
): boolean {
  if (stored?.revision !== revision) return true;
  return stored.launchAttempt === 0 && stored.execution === null && !isVerdict(stored.adoption);
}

/**
 * The newest revision other than `target` that the tenant passed; undefined if none is known. A workload that still ran when
 * its tenant was reassigned has not passed.
 */
export function lastGoodBefore(assignment: Assignment, target: number | undefined): number | undefined {
  return assignment.revision !== target && hasPassed(assignment) ? assignment.revision : assignment.lastGood;
}
