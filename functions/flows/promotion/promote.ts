import type { Config } from '../../core/config.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import { type PromoteEvent, parsePartially, parsePromoteEvent } from '../../core/messages/promote-event.ts';
import { effectiveOrder, type PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { promotionFingerprint } from '../../core/promotion/decide.ts';
import type { LedgerEntry } from '../../core/records/ledger-entry.ts';
import { describeIssues, type Issue, truncateIssues } from '../../core/values/issues.ts';
import type { PublishOrder } from '../../core/values/publish-time.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { Rejections } from '../../ports/ledger.ts';
import type { Log, Messages } from '../../ports/system.ts';
import { type ReconcileDeps, reconcileAndRequeue } from '../rollout/reconcile-fleet.ts';
import { checkDeclared, type RecordPolicy } from './check.ts';
import { type RecordPromotionDeps, recordPromotion } from './record.ts';

export type PromoteDeps = RecordPromotionDeps & { rejections: Rejections; log: Log };

export type PromotionMessage = PublishOrder & {
  data: string;
  /** Id and time of the delivery, which differ from the claimed ones in a replay of a dead letter. Absent: the same. */
  delivery?: PublishOrder;
};

/** Handles `pin-promoted`: records the promotion, then reconciles its runtime. */
export async function handlePromotion(
  message: PubsubMessage,
  deps: PromoteDeps & ReconcileDeps & { messages: Messages },
  { buckets, maxEnvironmentBytes, retry }: Pick<Config, 'buckets' | 'maxEnvironmentBytes' | 'retry'>,
  deadline: Date,
): Promise<void> {
  const { issues, ...order } = effectiveOrder(message);
  const policy = { environmentBuckets: buckets.environments, maxEnvironmentBytes };
  const entry = await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy);
  if (entry !== undefined)
    await reconcileAndRequeue({ runtime: entry.runtime, relaunch: false, deadline }, deps, retry);
}

/** Characters of the message that a rejection keeps. */
const MAX_KEPT_DATA = 16_384;

/**
 * Records a promotion in the ledger, or under `rejections/` with every issue. A transient error throws.
 *
 * A rejected message stays rejected on a redelivery. If two overlapping deliveries disagree, the ledger entry wins, because
 * the later writer reads both objects and withdraws the rejection.
 *
 * @returns the entry to reconcile; undefined if the promotion was rejected.
 */
export async function promote(
  message: PromotionMessage,
  claimIssues: readonly Issue[],
  deps: PromoteDeps,
  policy: RecordPolicy,
): Promise<LedgerEntry | undefined> {
  const parsed = parsePromoteEvent(message.data);
  const parts = parsed.ok ? parsed.event : parsePartially(message.data);
  const claimed = await claimedEntry(message, parts.runtime, deps);
  if (!parsed.ok || claimIssues.length > 0) {
    const further = await checkDeclared(parts, deps.fleet, policy.environmentBuckets);
    const issues = [...claimIssues, ...(parsed.ok ? [] : parsed.issues), ...further];
    await reject(claimed === undefined ? message : underOwnId(message), parts.runtime, issues, deps);
    return undefined;
  }
  const { runtime } = parsed.event;
  if (claimed !== undefined) return resumeClaimed(claimed, parsed.event, message, deps);
  if (await isRejected(message, parsed.event, deps)) {
    logRepetition(message, deps.log);
    return undefined;
  }
  const recorded = await recordPromotion(parsed.event, message, deps, policy);
  if (recorded.kind === 'rejected') {
    await reject(message, runtime, recorded.issues, deps);
    if (await isRejected(message, parsed.event, deps)) return undefined;
    throw new DeliveryOverlapError(`${message.messageId} was recorded by another delivery while this one rejected it`);
  }
  await deps.rejections.withdraw(message);
  logRecorded(recorded.entry, message, deps.log);
  return recorded.entry;
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
  { messageId }: PromotionMessage,
  { runtime }: PromoteEvent,
  deps: PromoteDeps,
): Promise<boolean> {
  if ((await deps.rejections.find(messageId)) === undefined) return false;
  const { entries } = await deps.ledgers.read(runtime);
  return !entries.some((entry) => entry.messageId === messageId);
}

/** The ledger entry under an id that the message claims and that is not its own. */
async function claimedEntry(
  { messageId, delivery }: PromotionMessage,
  runtime: string | undefined,
  { ledgers }: PromoteDeps,
): Promise<LedgerEntry | undefined> {
  if (runtime === undefined || delivery === undefined || delivery.messageId === messageId) return undefined;
  return (await ledgers.read(runtime)).entries.find((entry) => entry.messageId === messageId);
}

/** Resumes the promotion that a message replays. With other content the message is rejected under its own id. */
async function resumeClaimed(
  claimed: LedgerEntry,
  event: PromoteEvent,
  message: PromotionMessage,
  deps: PromoteDeps,
): Promise<LedgerEntry | undefined> {
  if (claimed.content === promotionFingerprint(event)) return claimed;
  const issue = `message ${message.messageId} is revision ${claimed.revision} already, with other content`;
  await reject(underOwnId(message), event.runtime, [{ path: 'originalMessageId', message: issue }], deps);
  return undefined;
}

function underOwnId({ data, delivery, ...claimed }: PromotionMessage): PromotionMessage {
  const { messageId, publishTime } = delivery ?? claimed;
  return { data, messageId, publishTime };
}

function logRepetition({ messageId, delivery }: PromotionMessage, log: Log): void {
  const isClaim = delivery !== undefined && delivery.messageId !== messageId;
  if (isClaim)
    log.warn('message claims the id of a rejected promotion', { messageId: delivery.messageId, claimedId: messageId });
  else log.info('promotion was rejected before', { messageId });
}

async function reject(
  { messageId, publishTime, data }: PromotionMessage,
  runtime: string | undefined,
  found: readonly Issue[],
  deps: PromoteDeps,
): Promise<void> {
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
