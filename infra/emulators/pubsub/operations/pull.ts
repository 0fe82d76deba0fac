import { once } from 'node:events';
import type { Message } from '../../grpc/service-definition.ts';
import type { Broker, LiveSubscription } from '../broker/broker.ts';
import type { Delivery } from '../queue/delivery.ts';
import { RpcError } from '../resources/rpc-error.ts';
import { type CallContext, text } from './operations.ts';
import { receivedMessage } from './wire.ts';

/** How long a pull waits for a first message before it answers with none. */
const MAX_WAIT_MILLISECONDS = 20_000;
/** The most that one answer may hold, so that it stays within what a client reads. */
const MAX_MESSAGES = 1_000;
const MAX_BYTES = 10_000_000;

/** @throws RpcError FAILED_PRECONDITION for a subscription that pushes */
export function pulled(live: LiveSubscription): LiveSubscription {
  if (live.config.pushConfig.pushEndpoint === '') return live;
  throw new RpcError('FAILED_PRECONDITION', `${live.config.name} is a push subscription: it cannot be pulled.`);
}

function take({ config, queue }: LiveSubscription, maxMessages: number): Delivery[] {
  const messages = Math.min(maxMessages, MAX_MESSAGES);
  const leaseMilliseconds = config.ackDeadlineSeconds * 1000;
  return queue.take({ messages, bytes: MAX_BYTES, perKey: MAX_MESSAGES, leaseMilliseconds });
}

async function nextChance({ queue }: LiveSubscription, signal: AbortSignal): Promise<void> {
  const chance = new EventTarget();
  const stop = queue.listen(() => chance.dispatchEvent(new Event('ready')));
  await once(chance, 'ready', { signal }).catch(() => {});
  stop();
}

/** Pull: what is there, or what comes first within a while. */
export async function pull(broker: Broker, request: Message, { signal }: CallContext): Promise<Message> {
  const name = text(request, 'subscription');
  const live = pulled(broker.subscription(name));
  const maxMessages = Number(request.maxMessages ?? 0);
  if (maxMessages <= 0)
    throw new RpcError('INVALID_ARGUMENT', `max_messages is ${maxMessages}; one or more is wanted.`);
  const patience = AbortSignal.any([signal, AbortSignal.timeout(MAX_WAIT_MILLISECONDS)]);
  let deliveries = take(live, maxMessages);
  while (deliveries.length === 0 && request.returnImmediately !== true && !patience.aborted) {
    await nextChance(live, patience);
    // A disconnected caller would hold the messages until their deadline.
    if (signal.aborted) break;
    pulled(broker.subscription(name));
    deliveries = take(live, maxMessages);
  }
  return { receivedMessages: deliveries.map((delivery) => receivedMessage(delivery, live)) };
}
