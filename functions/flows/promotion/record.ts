import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { decidePromotion, ledgerEntry } from '../../core/promotion/decide.ts';
import type { Ledger } from '../../core/promotion/ledger.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { hashEnvironment, hashOnce, type Preflight, statEnvironment } from './preflight.ts';
import { validatePromotion } from './validate.ts';

export type RecordPromotionDeps = {
  ledgers: Ledgers;
  fleet: FleetRegistry;
  environments: Environments;
  clock: Clock;
};

export type RecordPolicy = {
  environmentBuckets: readonly string[];
  maxEnvironmentBytes: number;
};

export type RecordResult = { kind: 'recorded'; entry: LedgerEntry } | { kind: 'rejected'; faults: Issue[] };

/** Another process recorded a promotion of this runtime before each attempt. Pub/Sub redelivers the message. */
export class LedgerContentionError extends Error {
  override readonly name = 'LedgerContentionError';
  readonly code = 'LEDGER_CONTENTION';
}

const MAX_RACES = 20;

/**
 * Records a promotion in the ledger, or returns every issue.
 *
 * A CAS conflict repeats the decision and the preflight, because another process's entry may change both.
 */
export async function recordPromotion(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult> {
  const cached = { ...deps, environments: hashOnce(deps.environments) };
  for (let race = 0; race < MAX_RACES; race++) {
    const recorded = await tryRecord(event, message, cached, policy);
    if (recorded !== 'conflict') return recorded;
  }
  throw new LedgerContentionError(`the ledger of ${event.runtime} changed ${MAX_RACES} times while this was recorded`);
}

async function tryRecord(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult | 'conflict'> {
  const ledger = await deps.ledgers.read(event.runtime);
  const decision = decidePromotion(ledger, event, message);
  if (decision.kind === 'resume') return { kind: 'recorded', entry: decision.entry };
  const refused = decision.kind === 'reject' ? decision.issues : [];
  const preflight = await preflightPromotion(event, ledger, refused, deps, policy);
  if (decision.kind === 'reject' || preflight.kind === 'failed') {
    return { kind: 'rejected', faults: preflight.kind === 'failed' ? preflight.faults : [...refused] };
  }
  const entry = ledgerEntry(decision, event, message, preflight.preflighted, deps.clock.now());
  const created = await deps.ledgers.create(entry);
  return created === 'created' ? { kind: 'recorded', entry } : 'conflict';
}

/** Adds the issues of fleet and object to the known ones. The object is hashed only if there are none. */
async function preflightPromotion(
  event: PromoteEvent,
  ledger: Ledger,
  known: readonly Issue[],
  deps: RecordPromotionDeps,
  { environmentBuckets, maxEnvironmentBytes }: RecordPolicy,
): Promise<Preflight> {
  const faults = [...known, ...(await validatePromotion(event, deps, environmentBuckets))];
  if (!environmentBuckets.includes(parseGsUrl(event.environmentTarUrl).bucket)) return { kind: 'failed', faults };
  const { stat, faults: stored } = await statEnvironment(event, deps.environments, maxEnvironmentBytes);
  faults.push(...stored);
  if (stat === undefined || faults.length > 0) return { kind: 'failed', faults };
  return hashEnvironment({ event, stat, maxBytes: maxEnvironmentBytes }, ledger, deps.environments);
}
