import { parseReceiptName } from '../records/object-names.ts';
import type { PubsubMessage } from './pubsub-message.ts';

/** The promotion, runtime or object of a message, for log lines about it. */
export type MessageSubject = { messageId: string; runtime?: string; promotionId?: string; object?: string };

const MAX_TEXT = 200;

export function subjectOf({ messageId, data, attributes }: PubsubMessage): MessageSubject {
  const { objectId } = attributes;
  const subject = objectId === undefined ? subjectOfData(data) : subjectOfObject(objectId);
  return { messageId: messageId.slice(0, MAX_TEXT), ...subject };
}

function subjectOfObject(object: string): Partial<MessageSubject> {
  const runtime = parseReceiptName(object)?.runtime;
  return { object: object.slice(0, MAX_TEXT), ...(runtime && { runtime }) };
}

/** Promote events and recheck requests have the same `runtime` field. */
function subjectOfData(data: string): Partial<MessageSubject> {
  const { runtime, promotionId } = parseObject(data);
  return {
    ...(typeof runtime === 'string' && { runtime: runtime.slice(0, MAX_TEXT) }),
    ...(typeof promotionId === 'string' && { promotionId: promotionId.slice(0, MAX_TEXT) }),
  };
}

function parseObject(text: string): { runtime?: unknown; promotionId?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
