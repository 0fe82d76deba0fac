import { clipFaults, describeFaults, type InputFault } from '../core/faults.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import { type PromoteEvent, parsePromoteEvent, readableParts } from '../core/promote-event.ts';
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
 * The world may change between two deliveries of one message. What was rejected stays rejected; where two deliveries that
 * overlap come to different ends, the ledger has it: whichever of the two writes is the later, its writer sees both.
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
    await reject(message, [...known, ...further], deps);
    return undefined;
  }
  if (await isRejected(message, parsed.event, deps)) return undefined;
  const recorded = await recordPromotion(parsed.event, message, deps, policy);
  if (recorded.kind === 'rejected') {
    await reject(message, recorded.faults, deps);
    if (await isRejected(message, parsed.event, deps)) return undefined;
    throw new OverlapError(`${message.messageId} was recorded by another delivery while this one rejected it`);
  }
  if ((await deps.rejections.find(message.messageId)) !== undefined) await deps.rejections.withdraw(message.messageId);
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

/** Two deliveries of one message came to different ends: the next one finds the entry and goes on with it. */
export class OverlapError extends Error {
  override readonly name = 'OverlapError';
  readonly code = 'OVERLAP';
}

/** Rejected, and not recorded: of a message that is both the rejection was withdrawn, or will be. */
async function isRejected(
  { messageId }: PromotionMessage,
  { runtime }: PromoteEvent,
  deps: PromoteDeps,
): Promise<boolean> {
  if ((await deps.rejections.find(messageId)) === undefined) return false;
  const entries = await deps.pins.list(runtime);
  return !entries.some((entry) => entry.messageId === messageId);
}

async function reject(message: PromotionMessage, found: readonly InputFault[], deps: PromoteDeps): Promise<void> {
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
