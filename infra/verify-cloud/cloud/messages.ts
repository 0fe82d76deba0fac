import type { Message, Subscription } from '@google-cloud/pubsub';
import type { Subject } from '../runner/check.ts';

/** Receives messages until `take` returns a value; it acknowledges or refuses each message itself. */
export async function receive<T>(
  { signal }: Pick<Subject, 'signal'>,
  subscription: Subscription,
  take: (message: Message) => T | undefined,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort);
  subscription.on('message', (message: Message) => {
    const taken = take(message);
    if (taken !== undefined) resolve(taken);
  });
  subscription.on('error', reject);
  try {
    signal.throwIfAborted();
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    subscription.removeAllListeners();
    await subscription.close();
  }
}

/** Acknowledges the first message and returns it. */
export function receiveOne(subject: Pick<Subject, 'signal'>, subscription: Subscription): Promise<Message> {
  return receive(subject, subscription, (message) => {
    message.ack();
    return message;
  });
}
