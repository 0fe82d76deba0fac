import type { Assignment } from '../records/assignment.ts';
import type { Versioned } from '../records/codec.ts';
import type { ActiveRollout, ReconcileState } from '../records/reconcile-state.ts';
import { locationOf, type Tenant } from '../records/tenant.ts';
import type { EvaluationContext } from './retry-policy.ts';

/** A live rollout claims in a location at least every 61 s, the quota's window; later it counts as dead. */
const ROLLOUT_IDLE_MS = 90_000;

export type RolloutClaims = {
  tenants: readonly Tenant[];
  stored: ReadonlyMap<string, Versioned<Assignment>>;
};

/**
 * Locations in which one of these rollouts started or claimed a tenant in the last 90 s. Retries do not count: during an
 * outage they would block every new reconcile.
 */
export function activeLocations(
  rollouts: readonly ActiveRollout[],
  { tenants, stored }: RolloutClaims,
  { policy, now }: EvaluationContext,
): ReadonlySet<string> {
  const since = now.getTime() - ROLLOUT_IDLE_MS;
  const locations = new Set(
    rollouts.filter(({ startedAt }) => Date.parse(startedAt) > since).flatMap((rollout) => rollout.locations),
  );
  const owners = new Set(rollouts.map(({ owner }) => owner));
  for (const { tenant, job } of tenants) {
    const { owner, notAfter } = stored.get(tenant)?.value ?? { owner: null, notAfter: null };
    if (owner === null || notAfter === null || !owners.has(owner)) continue;
    if (Date.parse(notAfter) - policy.claimSeconds * 1000 > since) locations.add(locationOf(job));
  }
  return locations;
}

/** A function lives less than this, so an older reconcile has died. */
const ROLLOUT_TTL_MS = 900_000;

export function withRollout(state: ReconcileState, rollout: ActiveRollout, now: Date): ReconcileState {
  const rollouts = state.rollouts.filter(({ startedAt }) => now.getTime() - Date.parse(startedAt) < ROLLOUT_TTL_MS);
  return { ...state, rollouts: [...rollouts, rollout] };
}

/** Undefined if the owner has no rollout. */
export function withoutRollout(state: ReconcileState, owner: string): ReconcileState | undefined {
  const rollouts = state.rollouts.filter((rollout) => rollout.owner !== owner);
  return rollouts.length === state.rollouts.length ? undefined : { ...state, rollouts };
}
