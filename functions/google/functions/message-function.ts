import { randomUUID } from 'node:crypto';
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../../core/config.ts';
import { subjectOf } from '../../core/messages/message-subject.ts';
import { type PubsubMessage, readPubsubMessage } from '../../core/messages/pubsub-message.ts';
import { systemClock } from '../../host/clock.ts';
import { jsonLog } from '../../host/log.ts';
import { type Cloud, connectCloud } from '../cloud.ts';
import { type ErrorSubject, FunctionError } from './fault.ts';
import { hideStacks } from './hide-stacks.ts';

export type FunctionContext = { cloud: Cloud; config: Config /** The handler returns before it. */; deadline: Date };

/**
 * Registers a function for Pub/Sub messages, as raw pushes or as CloudEvents. A message is acknowledged when the handler
 * returns, and redelivered when it throws, until Pub/Sub sends it to the dead-letter topic.
 */
export function messageFunction(
  name: string,
  handle: (message: PubsubMessage, context: FunctionContext) => Promise<void>,
): void {
  hideStacks();
  const config = readConfig(process.env);
  const cloud = connectCloud(config, systemClock, jsonLog(name));
  cloudEvent(name, async (event: CloudEvent<unknown>) => {
    const deadline = new Date(Date.now() + config.functionSeconds * 1000);
    let subject: ErrorSubject = deliveryOf(event.data);
    try {
      const message = readPubsubMessage(event.data);
      subject = { ...subject, ...subjectOf(message) };
      // An owner for each delivery, because deliveries in one process compete for claims as processes do.
      await handle(message, { cloud: { ...cloud, owner: randomUUID() }, config, deadline });
    } catch (error) {
      throw new FunctionError(name, error, subject);
    }
  });
}

/** Reads the delivery attempt of a CloudEvent. functions-framework drops it from a raw push. */
function deliveryOf(data: unknown): ErrorSubject {
  const { deliveryAttempt } = Object(data) as { deliveryAttempt?: unknown };
  return typeof deliveryAttempt === 'number' ? { deliveryAttempt } : {};
}
