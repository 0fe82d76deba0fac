import { collectIssue, type Issue } from '../values/issues.ts';
import { parsePublishTime } from '../values/publish-time.ts';

/** A Pub/Sub message as a function received it. */
export type PubsubMessage = {
  data: string;
  messageId: string;
  /** Nine fractional digits. */
  publishTime: string;
  attributes: Record<string, string>;
};

/**
 * What was delivered is not a Pub/Sub message with data. Nobody may acknowledge it: the delivery fails, Pub/Sub tries again,
 * and in the end the dead-letter topic has it.
 */
export class MalformedDeliveryError extends Error {
  override readonly name = 'MalformedDeliveryError';
  readonly code = 'MALFORMED_DELIVERY';
}

/**
 * Reads the message out of a CloudEvent's data, as Eventarc sends it and as functions-framework makes it of a raw push. A
 * raw push without data is not converted by the framework: then the handler gets an event whose every field is undefined.
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

/** A replayed dead letter says under which id, and when, it was first published: so a replay is no new promotion. */
const REPLAY_ATTRIBUTES = { messageId: 'originalMessageId', publishTime: 'originalPublishTime' } as const;

/**
 * What Pub/Sub itself writes on a dead letter. It keeps no message id, so a replay that passes the attributes on keeps its
 * place in the order, but is recognised as the same promotion only by a promotion id.
 */
const DEAD_LETTER_TIME = 'CloudPubSubDeadLetterSourceTopicPublishTime';

export type EffectiveOrder = { messageId: string; publishTime: string; issues: Issue[] };

/** Where the message stands in the order of promotions. A claimed time that is later than the real one would jump the queue. */
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
