import type { RolloutState } from '../records/rollout.ts';
import type { Adoption } from '../values/adoption.ts';
import type { FleetView } from './fleet-status.ts';

/** A fleet in numbers, for logs and alerts. */
export type FleetSummary = {
  runtime: string;
  /** The newest promotion's; null if there is none. */
  revision: number | null;
  state: RolloutState;
  /** Live targets whose rollout is HALTED. */
  halted: number;
  tenants: number;
  adopted: number;
  refused: number;
  failed: number;
  unproven: number;
  /** Objects that cannot be read; their tenants are not counted above. */
  unreadable: number;
};

export function summarizeFleet({ runtime, revision, state, rollouts, tenants, unreadable }: FleetView): FleetSummary {
  const count = (adoption: Adoption) => tenants.filter((tenant) => tenant.adoption === adoption).length;
  return {
    runtime,
    revision,
    state,
    halted: rollouts.filter((rollout) => rollout.state === 'HALTED').length,
    tenants: tenants.length,
    adopted: count('ADOPTED'),
    refused: count('REFUSED'),
    failed: count('FAILED'),
    unproven: count('UNPROVEN'),
    unreadable: unreadable.length,
  };
}
