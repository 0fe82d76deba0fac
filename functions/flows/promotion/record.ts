import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { decidePromotion } from '../../core/promotion/decide.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { checkPromotion, hashIssues, hashOnce, type RecordPolicy } from './check.ts';

export type RecordPromotionDeps = {
  ledgers: Ledgers;
  fleet: FleetRegistry;
  environments: Environments;
  clock: Clock;
};

export type RecordResult = { kind: 'recorded'; entry: LedgerEntry } | { kind: 'rejected'; issues: Issue[] };

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

/** The object is hashed only if there is no other issue, and the ledger does not prove its digest. */
async function tryRecord(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult | 'conflict'> {
  const ledger = await deps.ledgers.read(event.runtime);
  const decision = decidePromotion(ledger, event, message);
  if (decision.kind === 'resume') return { kind: 'recorded', entry: decision.entry };
  const { declared, stat, stored } = await checkPromotion(event, deps, policy);
  const issues = [...(decision.kind === 'reject' ? decision.issues : []), ...declared, ...stored];
  if (decision.kind === 'reject' || stat === undefined || issues.length > 0) return { kind: 'rejected', issues };
  if (!ledger.hasHashed(event, stat.generation)) {
    const wrong = await hashIssues(event, stat, deps.environments, policy.maxEnvironmentBytes);
    if (wrong.length > 0) return { kind: 'rejected', issues: wrong };
  }
  const checked = { environmentGeneration: stat.generation, environmentBytes: stat.bytes };
  const entry = { ...decision.entry, ...checked, recordedAt: deps.clock.now().toISOString() };
  return (await deps.ledgers.create(entry)) === 'created' ? { kind: 'recorded', entry } : 'conflict';
}
