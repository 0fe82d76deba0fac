import { setTimeout as sleep } from 'node:timers/promises';
import { type FleetView, stateOf, viewFleet } from '../../functions/core/fleet-view.ts';
import { assignmentsOf, type GatherDeps, gatherFleet } from '../../functions/flows/gather-fleet.ts';

const EVERY_MS = 120;

export type Watched = { view: FleetView /** Of the promotion that is watched. */; ended: boolean };

/** Looks at a promotion until it has ended, the time is up or the signal says stop. Undefined: it is not in the ledger yet. */
export async function* watchRollout(
  runtime: string,
  promotionId: string,
  deps: GatherDeps,
  signal: AbortSignal,
): AsyncGenerator<Watched | undefined> {
  while (!signal.aborted) {
    yield await look(runtime, promotionId, deps);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function look(runtime: string, promotionId: string, deps: GatherDeps): Promise<Watched | undefined> {
  const fleet = await gatherFleet(runtime, deps);
  const entry = fleet.entries.find((candidate) => candidate.promotionId === promotionId);
  if (entry === undefined) return undefined;
  const pin = fleet.entries.find(({ revision }) => revision === entry.sameAs) ?? entry;
  const view = viewFleet(runtime, { ...fleet, assignments: assignmentsOf(fleet) });
  const state = stateOf(view.tenants, pin);
  return { view, ended: state === 'SUCCEEDED' || state === 'HALTED' || state === 'SUPERSEDED' };
}
