import type { PromotionMessage } from '../../core/messages/promote-event.ts';
import { decidePromotion, rejectionOrder } from '../../core/promotion/decide.ts';
import { digestIssues } from '../../core/promotion/issues.ts';
import { Ledger } from '../../core/promotion/ledger.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import type { Digest } from '../../core/values/digest.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import type { Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import type { Ledgers } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { checkPromotion, type RecordPolicy } from './check.ts';

export type RecordPromotionDeps = {
  ledgers: Ledgers;
  fleet: FleetRegistry;
  environments: Environments;
  clock: Clock;
};

/** The rejection is kept under the id and time of `order`. */
export type Rejected = { kind: 'rejected'; order: PublishOrder; issues: readonly Issue[] };

export type RecordResult = { kind: 'recorded'; entry: LedgerEntry } | Rejected;

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
  promotion: PromotionMessage,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult> {
  const cached = { ...deps, environments: hashOnce(deps.environments) };
  for (let race = 0; race < MAX_RACES; race++) {
    const recorded = await tryRecord(promotion, cached, policy);
    if (recorded !== 'conflict') return recorded;
  }
  const { runtime } = promotion.declared;
  throw new LedgerContentionError(`the ledger of ${runtime} changed ${MAX_RACES} times while this was recorded`);
}

/** The object is hashed only if there is no other issue, and the ledger does not prove its digest. */
async function tryRecord(
  promotion: PromotionMessage,
  deps: RecordPromotionDeps,
  policy: RecordPolicy,
): Promise<RecordResult | 'conflict'> {
  const { runtime } = promotion.declared;
  const ledger = runtime === undefined ? new Ledger([]) : await deps.ledgers.read(runtime);
  const decision = decidePromotion(ledger, promotion);
  if (decision.kind === 'resume') return { kind: 'recorded', entry: decision.entry };
  const { declared, object, stored } = await checkPromotion(promotion.declared, deps, policy);
  const issues = [...(decision.kind === 'reject' ? decision.issues : []), ...declared, ...stored];
  const order = rejectionOrder(ledger, promotion);
  if (decision.kind === 'reject' || object === undefined || issues.length > 0)
    return { kind: 'rejected', order, issues };
  const { generation, bytes } = object;
  if (!ledger.hasHashed(decision.entry, generation)) {
    // Hashed once here, so that a wrong digest does not fail in a thousand sandboxes.
    const actual = await deps.environments.hash(object, generation, policy.maxEnvironmentBytes);
    const wrong = digestIssues(decision.entry, actual);
    if (wrong.length > 0) return { kind: 'rejected', order, issues: wrong };
  }
  const checked = { environmentGeneration: generation, environmentBytes: bytes };
  const entry = { ...decision.entry, ...checked, recordedAt: deps.clock.now().toISOString() };
  return (await deps.ledgers.create(entry)) === 'created' ? { kind: 'recorded', entry } : 'conflict';
}

/** Hashes each generation once, also after CAS conflicts on the ledger. */
function hashOnce(environments: Environments): Environments {
  const known = new Map<string, Promise<Digest>>();
  return {
    stat: (location) => environments.stat(location),
    hash: (location, generation, maxBytes) => {
      const key = JSON.stringify([location.bucket, location.object, generation]);
      const hashing = known.get(key) ?? environments.hash(location, generation, maxBytes);
      known.set(key, hashing);
      return hashing;
    },
  };
}
