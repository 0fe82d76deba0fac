import type { Assignment } from '../records/assignment.ts';
import type { ActiveRollout } from '../records/reconcile-state.ts';
import { locationOf, type Tenant } from '../records/tenant.ts';
import type { RetryPolicy } from './backoff.ts';

/** Longer than a live rollout is silent in a location: with the quota's window used up, its next claims come 61 s later. */
const ROLLOUT_IDLE_MS = 90_000;

export type RolloutClaims = {
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
};

/**
 * Locations in which one of these reconciles makes the fleet's first launches: it has not ended, and started or claimed there
 * in the last 90 s. A process that died neither ends nor claims.
 */
export function activeLocations(
  rollouts: readonly ActiveRollout[],
  { tenants, assignments }: RolloutClaims,
  { claimSeconds }: Pick<RetryPolicy, 'claimSeconds'>,
  now: Date,
): ReadonlySet<string> {
  const since = now.getTime() - ROLLOUT_IDLE_MS;
  const locations = new Set(
    rollouts.filter(({ startedAt }) => Date.parse(startedAt) > since).flatMap((rollout) => rollout.locations),
  );
  const owners = new Set(rollouts.map(({ owner }) => owner));
  for (const { tenant, job } of tenants) {
    const { owner, notAfter } = assignments.get(tenant) ?? { owner: null, notAfter: null };
    if (owner === null || notAfter === null || !owners.has(owner)) continue;
    if (Date.parse(notAfter) - claimSeconds * 1000 > since) locations.add(locationOf(job));
  }
  return locations;
}
