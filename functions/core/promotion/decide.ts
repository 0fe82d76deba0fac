import type { PromoteEvent } from '../messages/promote-event.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Issue } from '../values/issues.ts';
import type { PublishOrder } from '../values/publish-time.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import { promotionFingerprint } from './fingerprint.ts';
import type { Ledger } from './ledger.ts';

export type LedgerDecision =
  /** The ledger has this promotion: reconcile its revision. */
  | { kind: 'resume'; entry: LedgerEntry }
  | { kind: 'reject'; issues: Issue[] }
  /** `sameAs`: it repeats the newest pin. Otherwise a preflight precedes the entry. */
  | { kind: 'record'; revision: number; promotionId: string; sameAs?: LedgerEntry; rollbackOf?: number };

/**
 * Decides whether to resume, reject or record a promotion: dedupe, then `expectedRevision`, then same pin. After each CAS
 * conflict the caller reads the ledger and decides again.
 */
export function decidePromotion(ledger: Ledger, event: PromoteEvent, message: PublishOrder): LedgerDecision {
  const promotionId = event.promotionId ?? message.messageId;
  const known = ledger.entries.find((entry) => entry.promotionId === promotionId);
  if (known !== undefined) return decideKnown(known, event);
  const { latest, newestRevision } = ledger;
  const issue = expectedRevisionIssue(event, newestRevision);
  if (issue !== undefined) return { kind: 'reject', issues: [issue] };
  const isSamePin = latest !== undefined && promotionFingerprint(latest) === promotionFingerprint(event);
  const sameAs = isSamePin ? ledger.resolve(latest) : undefined;
  const rollbackOf = sameAs === undefined ? earlierPin(ledger, event) : undefined;
  return {
    kind: 'record',
    revision: newestRevision + 1,
    promotionId,
    ...(sameAs === undefined ? {} : { sameAs }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
  };
}

function decideKnown(known: LedgerEntry, event: PromoteEvent): LedgerDecision {
  if (known.content === promotionFingerprint(event)) return { kind: 'resume', entry: known };
  const message = `${JSON.stringify(known.promotionId)} is revision ${known.revision} already, with other content (${known.environmentTarUrl} ${known.environmentTarDigest})`;
  return { kind: 'reject', issues: [{ path: 'promotionId', message }] };
}

function expectedRevisionIssue({ expectedRevision }: PromoteEvent, newest: number): Issue | undefined {
  if (expectedRevision === undefined || expectedRevision === newest) return undefined;
  return { path: 'expectedRevision', message: `expected ${expectedRevision}, but the newest is ${newest}` };
}

/** The revision that a rollback returns to. Another scope of the newest pin is no rollback. */
function earlierPin({ entries, latest }: Ledger, event: PromoteEvent): number | undefined {
  const hasPin = ({ environmentTarUrl, environmentTarDigest }: LedgerEntry) =>
    environmentTarUrl === event.environmentTarUrl && environmentTarDigest === event.environmentTarDigest;
  return latest === undefined || hasPin(latest) ? undefined : entries.find(hasPin)?.revision;
}

export type PreflightResult = { generation: string; bytes: number };

/** The entry to create for a `record` decision. */
export function ledgerEntry(
  decision: Extract<LedgerDecision, { kind: 'record' }>,
  event: PromoteEvent,
  message: PublishOrder,
  preflight: PreflightResult,
  now: Date,
): LedgerEntry {
  return {
    formatVersion: FORMAT_VERSION,
    runtime: event.runtime,
    revision: decision.revision,
    environmentTarUrl: event.environmentTarUrl,
    environmentTarDigest: event.environmentTarDigest,
    ...(event.tenants === undefined ? {} : { tenants: event.tenants }),
    promotionId: decision.promotionId,
    messageId: message.messageId,
    publishTime: message.publishTime,
    content: promotionFingerprint(event),
    ...(event.promotedBy === undefined ? {} : { promotedBy: event.promotedBy }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    rollout: event.rollout,
    ...(decision.sameAs === undefined ? {} : { sameAs: decision.sameAs.revision }),
    ...(decision.rollbackOf === undefined ? {} : { rollbackOf: decision.rollbackOf }),
    environmentGeneration: preflight.generation,
    environmentBytes: preflight.bytes,
    recordedAt: now.toISOString(),
  };
}
