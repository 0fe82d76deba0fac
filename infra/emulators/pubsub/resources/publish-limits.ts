import type { NewMessage } from './resources.ts';
import { RpcError } from './rpc-error.ts';

/** Google's limits, https://cloud.google.com/pubsub/quotas#resource_limits. */
const PUBLISH_LIMITS = {
  messageBytes: 10_000_000,
  requestBytes: 10_485_760,
  requestMessages: 1_000,
  attributes: 100,
  attributeKeyBytes: 256,
  attributeValueBytes: 1_024,
  orderingKeyBytes: 1_024,
} as const;

function faultOfAttributes(attributes: Record<string, string>): string | undefined {
  const entries = Object.entries(attributes);
  if (entries.length > PUBLISH_LIMITS.attributes) {
    return `it has ${entries.length} attributes; at most ${PUBLISH_LIMITS.attributes} are allowed`;
  }
  for (const [key, value] of entries) {
    const keyBytes = Buffer.byteLength(key);
    if (keyBytes === 0) return 'an attribute key is empty';
    if (keyBytes > PUBLISH_LIMITS.attributeKeyBytes) {
      return `an attribute key has ${keyBytes} bytes; at most ${PUBLISH_LIMITS.attributeKeyBytes} are allowed`;
    }
    if (key.startsWith('goog')) return `the attribute key ${JSON.stringify(key)} starts with goog, which is reserved`;
    const valueBytes = Buffer.byteLength(value);
    if (valueBytes > PUBLISH_LIMITS.attributeValueBytes) {
      return `the attribute ${JSON.stringify(key)} has ${valueBytes} bytes; at most ${PUBLISH_LIMITS.attributeValueBytes} are allowed`;
    }
  }
  return undefined;
}

/** What is wrong with a message, or undefined. */
function faultOfMessage(message: NewMessage): string | undefined {
  const { data, attributes, orderingKey } = message;
  if (data.length === 0 && Object.keys(attributes).length === 0) {
    return 'it has neither data nor an attribute; one of them is required';
  }
  if (data.length > PUBLISH_LIMITS.messageBytes) {
    return `its data has ${data.length} bytes; at most ${PUBLISH_LIMITS.messageBytes} are allowed`;
  }
  if (Buffer.byteLength(orderingKey) > PUBLISH_LIMITS.orderingKeyBytes) {
    return `its ordering key is longer than ${PUBLISH_LIMITS.orderingKeyBytes} bytes`;
  }
  return faultOfAttributes(attributes);
}

/** The size of a message in a request and in flow control. */
export function bytesOf(message: NewMessage): number {
  const attributes = Object.entries(message.attributes);
  const attributeBytes = attributes.reduce((sum, [k, v]) => sum + Buffer.byteLength(k) + Buffer.byteLength(v), 0);
  return message.data.length + attributeBytes + Buffer.byteLength(message.orderingKey);
}

/** @throws RpcError INVALID_ARGUMENT that names the first message at fault: a request is published whole or not at all */
export function checkPublish(messages: readonly NewMessage[]): void {
  if (messages.length === 0) throw new RpcError('INVALID_ARGUMENT', 'The publish request has no messages.');
  if (messages.length > PUBLISH_LIMITS.requestMessages) {
    const limit = PUBLISH_LIMITS.requestMessages;
    throw new RpcError('INVALID_ARGUMENT', `The publish request has ${messages.length} messages; at most ${limit}.`);
  }
  messages.forEach((message, index) => {
    const fault = faultOfMessage(message);
    if (fault) throw new RpcError('INVALID_ARGUMENT', `Message ${index} of the publish request is refused: ${fault}.`);
  });
  const total = messages.reduce((sum, message) => sum + bytesOf(message), 0);
  if (total <= PUBLISH_LIMITS.requestBytes) return;
  const limit = PUBLISH_LIMITS.requestBytes;
  throw new RpcError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${limit} bytes (got ${total}).`);
}
