import { clipFaults, describeFaults, type InputFault } from '../core/faults.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import { parsePromoteEvent, readableParts } from '../core/promote-event.ts';
import type { PublishOrder } from '../core/publish-time.ts';
import { FORMAT_VERSION } from '../core/record.ts';
import type { Log } from '../ports/log.ts';
import type { Rejections } from '../ports/rejections.ts';
import { promotionFaults } from './promotion-faults.ts';
import { type RecordDeps, type RecordPolicy, recordPromotion } from './record-promotion.ts';

export type PromoteDeps = RecordDeps & { rejections: Rejections; log: Log };

export type PromotionMessage = PublishOrder & { data: string };

/** A rejection keeps this much of what was sent. */
const MAX_KEPT_DATA = 16_384;

/**
 * Takes a `pin-promoted` message: it ends in the ledger, or under `rejections/` with every fault, and then it is to be
 * acknowledged: redelivering cannot mend it. A transient fault throws.
 *
 * @returns the entry to drive on; undefined where the promotion was rejected.
 */
export async function promote(
  message: PromotionMessage,
  claimFaults: readonly InputFault[],
  deps: PromoteDeps,
  policy: RecordPolicy,
): Promise<LedgerEntry | undefined> {
  const parsed = parsePromoteEvent(message.data);
  if (!parsed.ok || claimFaults.length > 0) {
    const known = [...claimFaults, ...(parsed.ok ? [] : parsed.faults)];
    const further = await promotionFaults(readableParts(message.data), deps, policy.environmentBuckets);
    return reject(message, [...known, ...further], deps);
  }
  const recorded = await recordPromotion(parsed.event, message, deps, policy);
  if (recorded.kind === 'rejected') return reject(message, recorded.faults, deps);
  const { runtime, revision, environmentTarDigest, sameAs } = recorded.entry;
  deps.log.info('promotion recorded', {
    runtime,
    revision,
    sameAs,
    digest: environmentTarDigest,
    messageId: message.messageId,
  });
  return recorded.entry;
}

async function reject(message: PromotionMessage, found: readonly InputFault[], deps: PromoteDeps): Promise<undefined> {
  const { messageId, publishTime } = message;
  const faults = clipFaults(found);
  deps.log.error('promotion rejected', { messageId, faults, why: describeFaults(faults) });
  await deps.rejections.keep({
    formatVersion: FORMAT_VERSION,
    messageId,
    publishTime,
    rejectedAt: deps.clock.now().toISOString(),
    faults,
    data: message.data.slice(0, MAX_KEPT_DATA),
  });
}
