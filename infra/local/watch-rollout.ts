import { setTimeout as sleep } from 'node:timers/promises';
import { describeFaults } from '../../functions/core/faults.ts';
import { type FleetView, viewFleet } from '../../functions/core/fleet-view.ts';
import { stateOf } from '../../functions/core/rollout-view.ts';
import { assignmentsOf, type GatherDeps, gatherFleet } from '../../functions/flows/gather-fleet.ts';
import type { Rejections } from '../../functions/ports/rejections.ts';
import type { Published } from './promote-sample.ts';

/** A look costs what a sandbox needs to start: none before there can be much to see. */
const FIRST_MS = 600;
const EVERY_MS = 80;
const RECENT = 20;

export type WatchDeps = GatherDeps & { rejections: Rejections };

export type Watched = { view: FleetView /** Of the promotion that is watched. */; ended: boolean };

/**
 * Looks at a promotion until the signal says stop. Undefined: it is not in the ledger yet.
 *
 * @throws Error with every fault where the promotion was rejected.
 */
export async function* watchRollout(
  runtime: string,
  published: Published,
  deps: WatchDeps,
  signal: AbortSignal,
): AsyncGenerator<Watched | undefined> {
  await sleep(FIRST_MS, undefined, { signal }).catch(() => undefined);
  while (!signal.aborted) {
    yield await look(runtime, published, deps);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function look(runtime: string, published: Published, deps: WatchDeps): Promise<Watched | undefined> {
  const fleet = await gatherFleet(runtime, deps);
  const entry = fleet.entries.find((candidate) => candidate.promotionId === published.promotionId);
  if (entry === undefined) return refuseIfRejected(published, deps);
  const pin = fleet.entries.find(({ revision }) => revision === entry.sameAs) ?? entry;
  const view = viewFleet(runtime, { ...fleet, assignments: assignmentsOf(fleet) });
  const state = stateOf(view.tenants, pin);
  return { view, ended: state === 'SUCCEEDED' || state === 'HALTED' || state === 'SUPERSEDED' };
}

async function refuseIfRejected({ messageId }: Published, deps: WatchDeps): Promise<undefined> {
  const rejection = (await deps.rejections.list(RECENT)).find((candidate) => candidate.messageId === messageId);
  if (rejection !== undefined) throw new Error(`the promotion was rejected: ${describeFaults(rejection.faults)}`);
}
