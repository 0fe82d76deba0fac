import type { PromoteEvent } from '../messages/promote-event.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Issue } from '../values/issues.ts';
import type { PublishOrder } from '../values/publish-time.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import { promotionFingerprint } from './fingerprint.ts';
import { latestOf, newestRevision } from './target.ts';

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
export function decidePromotion(
  entries: readonly LedgerEntry[],
  event: PromoteEvent,
  message: PublishOrder,
): LedgerDecision {
  const promotionId = event.promotionId ?? message.messageId;
  const known = entries.find((entry) => entry.promotionId === promotionId);
  if (known !== undefined) return decideKnown(known, event);
  const newest = newestRevision(entries);
  const issue = expectedRevisionIssue(event, newest);
  if (issue !== undefined) return { kind: 'reject', issues: [issue] };
  const latest = latestOf(entries);
  const isSamePin = latest !== undefined && promotionFingerprint(latest) === promotionFingerprint(event);
  const sameAs = isSamePin ? resolveSameAs(entries, latest) : undefined;
  const rollbackOf = sameAs === undefined ? earlierPin(entries, latest, event) : undefined;
  return {
    kind: 'record',
    revision: (newest?.revision ?? 0) + 1,
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

function expectedRevisionIssue(event: PromoteEvent, newest: LedgerEntry | undefined): Issue | undefined {
  const actual = newest?.revision ?? 0;
  if (event.expectedRevision === undefined || event.expectedRevision === actual) return undefined;
  return { path: 'expectedRevision', message: `expected ${event.expectedRevision}, but the newest is ${actual}` };
}

function resolveSameAs(entries: readonly LedgerEntry[], entry: LedgerEntry): LedgerEntry {
  return entries.find(({ revision }) => revision === entry.sameAs) ?? entry;
}

/** The revision that a rollback returns to. Another scope of the newest pin is no rollback. */
function earlierPin(
  entries: readonly LedgerEntry[],
  latest: LedgerEntry | undefined,
  event: PromoteEvent,
): number | undefined {
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
