import type { PubsubMessage } from '../resources/resources.ts';

/** One handing out of a message; the attempt counts from one. */
export type Delivery = { ackId: string; message: PubsubMessage; attempt: number };

export type TakeOptions = {
  messages: number;
  /** The first message is taken at any size. */
  bytes?: number;
  /** How many of one ordering key may be out at the same time. */
  perKey?: number;
  leaseMilliseconds: number;
  /** Called when the delivery was acknowledged, refused, or ran out. */
  onEnd?: (message: PubsubMessage) => void;
};

/** Names one delivery of one message. */
export function ackIdOf(messageId: string, delivery: number): string {
  return `${messageId}:${delivery}`;
}

/** Whether the text has the form of an ack id; it may name a delivery that has ended. */
export function isAckId(ackId: string): boolean {
  return /^\d+:\d+$/.test(ackId);
}

export function messageIdOf(ackId: string): string {
  return ackId.slice(0, ackId.indexOf(':'));
}
