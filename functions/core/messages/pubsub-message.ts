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
