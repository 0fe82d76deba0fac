import { createHash } from 'node:crypto';
import type { PromoteEvent, PromotionMessage } from '../messages/promote-event.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Issue } from '../values/issues.ts';
import type { PublishOrder } from '../values/publish-time.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import type { Ledger } from './ledger.ts';

/** An entry without the object that the preflight hashed. */
type UncheckedEntry = Omit<LedgerEntry, 'environmentGeneration' | 'environmentBytes' | 'recordedAt'>;

export type LedgerDecision =
  /** The ledger has this promotion: reconcile its revision. */
  | { kind: 'resume'; entry: LedgerEntry }
  | { kind: 'reject'; issues: readonly Issue[] }
  /** A preflight precedes the entry, also if it repeats the newest pin (`sameAs`). */
  | { kind: 'record'; entry: UncheckedEntry };

/**
 * Decides whether to resume, reject or record a promotion: issues of the message, claimed id, dedupe, `expectedRevision`,
 * same pin. After each CAS conflict the caller reads the ledger and decides again.
 */
export function decidePromotion(ledger: Ledger, promotion: PromotionMessage): LedgerDecision {
  const { event, issues } = promotion;
  if (event === undefined) return { kind: 'reject', issues };
  const claimed = claimedEntry(ledger, promotion);
  return claimed === undefined ? decideEvent(ledger, event, promotion) : decideClaimed(claimed, event);
}

/** The id and time that a rejection is kept under: a replay that claims a recorded promotion is rejected under its own. */
export function rejectionOrder(ledger: Ledger, promotion: PromotionMessage): PublishOrder {
  return claimedEntry(ledger, promotion) === undefined ? promotion : promotion.delivery;
}

/** The entry under an id that the message claims and that is not its own. */
function claimedEntry({ entries }: Ledger, { messageId, delivery }: PromotionMessage): LedgerEntry | undefined {
  return messageId === delivery.messageId ? undefined : entries.find((entry) => entry.messageId === messageId);
}

/** A replay resumes the promotion whose id it claims. */
function decideClaimed(claimed: LedgerEntry, event: PromoteEvent): LedgerDecision {
  if (claimed.content === promotionFingerprint(event)) return { kind: 'resume', entry: claimed };
  const message = `message ${claimed.messageId} is revision ${claimed.revision} already, with other content`;
  return reject('originalMessageId', message);
}

function decideEvent(ledger: Ledger, event: PromoteEvent, { messageId, publishTime }: PublishOrder): LedgerDecision {
  const { expectedRevision, promotionId = messageId, environment, ...declared } = event;
  const content = promotionFingerprint(event);
  const known = ledger.entries.find((entry) => entry.promotionId === promotionId);
  if (known !== undefined) return decideKnown(known, content);
  const { latest, newestRevision } = ledger;
  if (expectedRevision !== undefined && expectedRevision !== newestRevision)
    return reject('expectedRevision', `expected ${expectedRevision}, but the newest is ${newestRevision}`);
  const isSamePin = latest !== undefined && promotionFingerprint(latest) === content;
  const sameAs = isSamePin ? ledger.resolve(latest).revision : undefined;
  const rollbackOf = isSamePin ? undefined : earlierPin(ledger, event);
  const entry: UncheckedEntry = {
    formatVersion: FORMAT_VERSION,
    ...declared,
    revision: newestRevision + 1,
    promotionId,
    messageId,
    publishTime,
    content,
    ...(sameAs !== undefined && { sameAs }),
    ...(rollbackOf !== undefined && { rollbackOf }),
  };
  return { kind: 'record', entry };
}

function decideKnown(known: LedgerEntry, content: string): LedgerDecision {
  if (known.content === content) return { kind: 'resume', entry: known };
  const pin = `${known.environmentTarUrl} ${known.environmentTarDigest}`;
  const id = JSON.stringify(known.promotionId);
  return reject('promotionId', `${id} is revision ${known.revision} already, with other content (${pin})`);
}

function reject(path: string, message: string): LedgerDecision {
  return { kind: 'reject', issues: [{ path, message }] };
}

/** The revision that a rollback returns to. Another scope of the newest pin is no rollback. */
function earlierPin({ entries, latest }: Ledger, event: PromoteEvent): number | undefined {
  const hasPin = ({ environmentTarUrl, environmentTarDigest }: LedgerEntry) =>
    environmentTarUrl === event.environmentTarUrl && environmentTarDigest === event.environmentTarDigest;
  return latest === undefined || hasPin(latest) ? undefined : entries.find(hasPin)?.revision;
}

type Content = Pick<PromoteEvent, 'environmentTarUrl' | 'environmentTarDigest' | 'tenants' | 'rollout'>;

/**
 * The hash of a promotion's URL, digest, scope and rollout. Promotions with the same fingerprint request the same, whatever
 * their promoter and reason.
 */
export function promotionFingerprint(promotion: Content): string {
  const { environmentTarUrl, environmentTarDigest, tenants, rollout } = promotion;
  const { waves, soakSeconds, maxFailures, launch, running } = rollout;
  const canonical = [
    environmentTarUrl,
    environmentTarDigest,
    tenants === undefined ? null : [...tenants].sort(),
    [waves, soakSeconds, maxFailures, launch, running],
  ];
  return createHash('sha256').update(JSON.stringify(canonical)).digest('hex');
}
