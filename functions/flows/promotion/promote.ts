import type { Config } from '../../core/config.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import { type DeclaredPromotion, type PromotionMessage, parsePromotion } from '../../core/messages/promote-event.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import { describeIssues, truncateIssues } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { Rejections } from '../../ports/ledger.ts';
import type { Log, Messages } from '../../ports/system.ts';
import { type ReconcileDeps, reconcileAndRequeue } from '../rollout/reconcile-fleet.ts';
import { type RecordPolicy, recordPolicy } from './check.ts';
import { type RecordPromotionDeps, type Rejected, recordPromotion } from './record.ts';

export type PromoteDeps = RecordPromotionDeps & { rejections: Rejections; log: Log };

/** Handles `pin-promoted`: records the promotion, then reconciles its runtime. */
export async function handlePromotion(
  message: PubsubMessage,
  deps: PromoteDeps & ReconcileDeps & { messages: Messages },
  config: Pick<Config, 'buckets' | 'maxEnvironmentBytes' | 'retry'>,
  deadline: Date,
): Promise<void> {
  const entry = await promote(parsePromotion(message), deps, recordPolicy(config));
  if (entry !== undefined)
    await reconcileAndRequeue({ runtime: entry.runtime, relaunch: false, deadline }, deps, config.retry);
}

/**
 * Records a promotion in the ledger, or under `rejections/` with every issue. A transient error throws.
 *
 * A rejected message stays rejected on a redelivery. If two overlapping deliveries disagree, the ledger entry wins, because
 * the later writer reads both objects and withdraws the rejection.
 *
 * @returns the entry to reconcile; undefined if the promotion was rejected.
 */
export async function promote(
  promotion: PromotionMessage,
  deps: PromoteDeps,
  policy: RecordPolicy,
): Promise<LedgerEntry | undefined> {
  if (await isRejected(promotion, promotion.declared, deps)) {
    logRepetition(promotion, deps.log);
    return undefined;
  }
  const recorded = await recordPromotion(promotion, deps, policy);
  if (recorded.kind === 'recorded') {
    await deps.rejections.withdraw(promotion);
    logRecorded(recorded.entry, promotion, deps.log);
    return recorded.entry;
  }
  await reject(recorded, promotion, deps);
  if (promotion.event === undefined || (await isRejected(recorded.order, promotion.event, deps))) return undefined;
  throw new DeliveryOverlapError(`${promotion.messageId} was recorded by another delivery while this one rejected it`);
}

function logRecorded(entry: LedgerEntry, { messageId }: PublishOrder, log: Log): void {
  const { runtime, revision, environmentTarDigest: digest, sameAs, promotionId } = entry;
  log.info(logEvents.promotionRecorded, { runtime, revision, sameAs, digest, promotionId, messageId });
}

/** Two deliveries of one message disagreed. The next delivery finds the ledger entry and resumes it. */
export class DeliveryOverlapError extends Error {
  override readonly name = 'DeliveryOverlapError';
  readonly code = 'OVERLAP';
}

/** True if the message was rejected and is not in the ledger. If it is in both, the ledger entry wins. */
async function isRejected(
  { messageId }: PublishOrder,
  { runtime }: DeclaredPromotion,
  deps: PromoteDeps,
): Promise<boolean> {
  if ((await deps.rejections.find(messageId)) === undefined) return false;
  if (runtime === undefined) return true;
  const { entries } = await deps.ledgers.read(runtime);
  return !entries.some((entry) => entry.messageId === messageId);
}

function logRepetition({ messageId, delivery }: PromotionMessage, log: Log): void {
  if (delivery.messageId === messageId) log.info('promotion was rejected before', { messageId });
  else
    log.warn('message claims the id of a rejected promotion', { messageId: delivery.messageId, claimedId: messageId });
}

/** Characters of the message that a rejection keeps. */
const MAX_KEPT_DATA = 16_384;

async function reject(
  { order, issues: found }: Rejected,
  { declared: { runtime }, data }: PromotionMessage,
  deps: PromoteDeps,
): Promise<void> {
  const { messageId, publishTime } = order;
  const issues = truncateIssues(found);
  deps.log.error(logEvents.promotionRejected, { messageId, runtime, faults: issues, why: describeIssues(issues) });
  await deps.rejections.keep({
    formatVersion: FORMAT_VERSION,
    messageId,
    publishTime,
    ...(runtime === undefined ? {} : { runtime }),
    rejectedAt: deps.clock.now().toISOString(),
    faults: issues,
    data: data.slice(0, MAX_KEPT_DATA),
  });
}
