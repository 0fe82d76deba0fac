import { collectIssue, type Issue } from '../values/issues.ts';
import { parsePublishTime } from '../values/publish-time.ts';

/** A Pub/Sub message with decoded data. */
export type PubsubMessage = {
  data: string;
  messageId: string;
  /** Nine fractional digits. */
  publishTime: string;
  attributes: Record<string, string>;
};

/**
 * The delivery has no Pub/Sub message with data. The function must not acknowledge it: Pub/Sub redelivers it, and finally
 * forwards it to the dead-letter topic.
 */
export class MalformedDeliveryError extends Error {
  override readonly name = 'MalformedDeliveryError';
  readonly code = 'MALFORMED_DELIVERY';
}

/**
 * Parses a CloudEvent's data, from Eventarc or from functions-framework's conversion of a raw push. The framework does not
 * convert a raw push without data, so the handler then gets an event without fields.
 *
 * @throws MalformedDeliveryError
 */
export function readPubsubMessage(eventData: unknown): PubsubMessage {
  const message = asRecord(asRecord(eventData)?.message);
  if (message === undefined) throw new MalformedDeliveryError('expected a Pub/Sub message, got none');
  const { data, messageId, publishTime, attributes } = message;
  if (typeof data !== 'string' || data === '') throw new MalformedDeliveryError('the Pub/Sub message has no data');
  if (typeof messageId !== 'string' || messageId === '')
    throw new MalformedDeliveryError('the message has no messageId');
  return {
    data: Buffer.from(data, 'base64').toString('utf8'),
    messageId,
    publishTime: deliveredTime(publishTime),
    attributes: Object.fromEntries(
      Object.entries(asRecord(attributes) ?? {}).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    ),
  };
}

/** Attributes by which a replayed dead letter keeps its first message id and publish time. */
const REPLAY_ATTRIBUTES = { messageId: 'originalMessageId', publishTime: 'originalPublishTime' } as const;

/**
 * The publish time that Pub/Sub adds to a dead letter. Pub/Sub adds no message id, so a replay with these attributes keeps
 * its order, but only a promotion id identifies it as the same promotion.
 */
const DEAD_LETTER_TIME = 'CloudPubSubDeadLetterSourceTopicPublishTime';

export type EffectiveOrder = { messageId: string; publishTime: string; issues: Issue[] };

/** The message id and time that order the promotion. Attack: a claimed time after the real one would supersede later ones. */
export function effectiveOrder(message: PubsubMessage): EffectiveOrder {
  const { claimedId, claimedTime, path } = claimsOf(message);
  const real = { messageId: message.messageId, publishTime: message.publishTime };
  if (claimedId === undefined && claimedTime === undefined) return { ...real, issues: [] };
  const issues: Issue[] = [];
  const publishTime = collectIssue(issues, path, () => parsePublishTime(claimedTime ?? ''));
  if (publishTime !== undefined && publishTime > message.publishTime) {
    issues.push({
      path,
      message: `${publishTime} is later than the message itself, published at ${message.publishTime}`,
    });
  }
  if (!/^[\w-]{1,100}$/.test(claimedId ?? '')) {
    issues.push({
      path: REPLAY_ATTRIBUTES.messageId,
      message: `expected a message id, got ${JSON.stringify(claimedId)}`,
    });
  }
  if (issues.length > 0) return { ...real, issues };
  return { messageId: claimedId ?? '', publishTime: publishTime ?? '', issues };
}

type Claims = { claimedId: string | undefined; claimedTime: string | undefined; path: string };

function claimsOf({ attributes, messageId }: PubsubMessage): Claims {
  const claimedId = attributes[REPLAY_ATTRIBUTES.messageId];
  const claimedTime = attributes[REPLAY_ATTRIBUTES.publishTime];
  const deadLetterTime = attributes[DEAD_LETTER_TIME]?.replace(/\+00:00$/, 'Z');
  if (claimedId !== undefined || claimedTime !== undefined || deadLetterTime === undefined) {
    return { claimedId, claimedTime, path: REPLAY_ATTRIBUTES.publishTime };
  }
  return { claimedId: messageId, claimedTime: deadLetterTime, path: DEAD_LETTER_TIME };
}

function deliveredTime(value: unknown): string {
  try {
    return parsePublishTime(String(value));
  } catch (cause) {
    throw new MalformedDeliveryError('the message has no publishTime', { cause });
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
