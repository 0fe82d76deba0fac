import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { decidePromotion, ledgerEntry } from '../../core/promotion/decide.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledger } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { hashEnvironment, hashOnce, type Preflight, statEnvironment } from './preflight.ts';
import { validatePromotion } from './validate.ts';

export type RecordPromotionDeps = {
  pins: Ledger;
  fleet: FleetRegistry;
  environments: Environments;
  clock: Clock;
};

export type RecordPolicy = {
  environmentBuckets: readonly string[];
  maxEnvironmentBytes: number;
};

export type RecordResult = { kind: 'recorded'; entry: LedgerEntry } | { kind: 'rejected'; faults: Issue[] };

/** Somebody recorded a promotion of this runtime in every one of our attempts: Pub/Sub shall deliver again. */
export class LedgerContentionError extends Error {
  override readonly name = 'LedgerContentionError';
  readonly code = 'LEDGER_CONTENTION';
}

const MAX_RACES = 20;

/**
 * Brings a promotion into the ledger, or says why not. All of it again after every lost race: what was true of the ledger
 * before somebody else's entry need not be true after it.
 */
export async function recordPromotion(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult> {
  const remembering = { ...deps, environments: hashOnce(deps.environments) };
  for (let race = 0; race < MAX_RACES; race++) {
    const recorded = await tryRecord(event, message, remembering, policy);
    if (recorded !== 'lost-race') return recorded;
  }
  throw new LedgerContentionError(`the ledger of ${event.runtime} changed ${MAX_RACES} times while this was recorded`);
}

async function tryRecord(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult | 'lost-race'> {
  const entries = await deps.pins.list(event.runtime);
  const decision = decidePromotion(entries, event, message);
  if (decision.kind === 'resume') return { kind: 'recorded', entry: decision.entry };
  const refused = decision.kind === 'reject' ? decision.issues : [];
  const preflight = await preflightPromotion(event, entries, refused, deps, policy);
  if (decision.kind === 'reject' || preflight.kind === 'failed') {
    return { kind: 'rejected', faults: preflight.kind === 'failed' ? preflight.faults : [...refused] };
  }
  const entry = ledgerEntry(decision, event, message, preflight.preflighted, deps.clock.now());
  const created = await deps.pins.create(entry);
  return created === 'created' ? { kind: 'recorded', entry } : 'lost-race';
}

/** Every fault together with those that are known. What is refused anyway is not worth the download. */
async function preflightPromotion(
  event: PromoteEvent,
  entries: readonly LedgerEntry[],
  known: readonly Issue[],
  deps: RecordPromotionDeps,
  { environmentBuckets, maxEnvironmentBytes }: RecordPolicy,
): Promise<Preflight> {
  const faults = [...known, ...(await validatePromotion(event, deps, environmentBuckets))];
  if (!environmentBuckets.includes(parseGsUrl(event.environmentTarUrl).bucket)) return { kind: 'failed', faults };
  const { stat, faults: stored } = await statEnvironment(event, deps.environments, maxEnvironmentBytes);
  faults.push(...stored);
  if (stat === undefined || faults.length > 0) return { kind: 'failed', faults };
  return hashEnvironment(event, entries, stat, deps.environments, maxEnvironmentBytes);
}
