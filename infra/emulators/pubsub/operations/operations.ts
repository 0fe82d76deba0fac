import type { Message } from '../../grpc/service-definition.ts';
import type { Broker } from '../broker/broker.ts';

/** Aborts when the caller disconnects. */
export type CallContext = { signal: AbortSignal };

/** One unary method: a request as plain data in, a response as plain data out, or a thrown RpcError. */
export type Operation = {
  /** What the call is about, for the fault switch. */
  resource: (request: Message) => string;
  run: (broker: Broker, request: Message, context: CallContext) => Message | Promise<Message>;
};

/** The field of a request that names its resource. */
export function named(field: string): (request: Message) => string {
  return (request) => String(request[field] ?? '');
}

export function text(request: Message, field: string): string {
  const value = request[field];
  return typeof value === 'string' ? value : '';
}

export function texts(request: Message, field: string): string[] {
  const value = request[field];
  return Array.isArray(value) ? value.map(String) : [];
}
