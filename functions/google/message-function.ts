import { randomUUID } from 'node:crypto';
import { type CloudEvent, cloudEvent } from '@google-cloud/functions-framework';
import { type Config, readConfig } from '../core/config.ts';
import { type PubsubMessage, readPubsubMessage } from '../core/pubsub-message.ts';
import { jsonLog } from '../host/json-log.ts';
import { systemClock } from '../host/system-clock.ts';
import { type Cloud, connectCloud } from './cloud.ts';

export type FunctionContext = { cloud: Cloud; config: Config /** Work stops cleanly before it. */; deadline: Date };

/**
 * Registers a function that takes Pub/Sub messages, as raw pushes or as CloudEvents. What returns is acknowledged; what
 * throws is delivered again, until the dead-letter topic has it.
 */
export function messageFunction(
  name: string,
  handle: (message: PubsubMessage, context: FunctionContext) => Promise<void>,
): void {
  const config = readConfig(process.env);
  const cloud = connectCloud(config, systemClock, jsonLog(name));
  cloudEvent(name, async (event: CloudEvent<unknown>) => {
    const deadline = new Date(Date.now() + config.functionSeconds * 1000);
    // Deliveries in one process compete for claims as processes do.
    await handle(readPubsubMessage(event.data), { cloud: { ...cloud, owner: randomUUID() }, config, deadline });
  });
}
