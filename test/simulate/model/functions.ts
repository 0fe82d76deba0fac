import { topics } from '../../../functions/core/topics.ts';
import { onPromotion } from '../../../functions/flows/on-promotion.ts';
import { onReceipt } from '../../../functions/flows/on-receipt.ts';
import { onRecheck } from '../../../functions/flows/on-recheck.ts';
import { type Cloud, cloudOver } from '../../../functions/google/cloud.ts';
import { runLauncher } from '../../../functions/google/run-launcher.ts';
import type { Log } from '../../../functions/ports/log.ts';
import type { Messages } from '../../../functions/ports/messages.ts';
import { type Published, received } from './pubsub.ts';
import { modelRunClients } from './run-client.ts';
import { everything, modelStorage } from './storage-client.ts';
import { ServerError, Wire } from './wire.ts';
import type { World } from './world.ts';

/** The platform ends a function so long after the time that it stops by itself. */
const GRACE_MS = 60_000;

/** One delivery to the function that its topic belongs to: a process of its own, which may be killed. */
export function invoke(world: World, message: Published, attempt: number): Promise<'acked' | 'failed'> {
  const process = `${message.id}/${attempt}`;
  return new Promise((resolve) => {
    const failed = () =>
      world.timeline.after(world.fate.between(`${process} noticed`, 100, 5_000), () => resolve('failed'));
    const wire = new Wire(process, world.network, failed);
    const { functionSeconds } = world.config;
    const deadline = new Date(world.timeline.now + functionSeconds * 1000);
    world.timeline.after(functionSeconds * 1000 + GRACE_MS, () => wire.kill());
    handle(world, message, connect(world, wire), deadline).then(
      () => world.ended(wire, () => resolve('acked')),
      (error: unknown) => {
        world.note(`${process} failed: ${error instanceof AggregateError ? error.errors.join('; ') : String(error)}`);
        world.ended(wire, failed);
      },
    );
  });
}

function handle(world: World, message: Published, cloud: Cloud, deadline: Date): Promise<void> {
  switch (message.topic) {
    case topics.pinPromoted:
      return onPromotion(received(message), cloud, world.config, deadline);
    case topics.fleetRecheck:
      return onRecheck(received(message), cloud, world.config, deadline);
    case topics.receiptWritten:
      return onReceipt(received(message), cloud, world.config);
    default:
      throw new Error(`nobody is subscribed to ${message.topic}`);
  }
}

/** The ports of one process, wired as they ship. */
export function connect(world: World, wire: Wire): Cloud {
  const { timeline } = world;
  const clients = modelRunClients(world.run, wire, (milliseconds) => timeline.sleep(milliseconds));
  const parts = {
    storage: modelStorage(world.buckets, wire, everything),
    launcher: runLauncher(() => clients),
    messages: messagesOf(world, wire),
  };
  let launches = 0;
  return {
    ...cloudOver(parts, world.config, timeline.clock, logOf(world, wire.process)),
    newLaunchId: () => `${wire.process}.l${++launches}`,
    owner: wire.process,
  };
}

function messagesOf(world: World, wire: Wire): Messages {
  let published = 0;
  const dialect = {
    refuse: () => new ServerError(14, 'UNAVAILABLE'),
    broken: () => new ServerError(14, 'the connection broke'),
  };
  return {
    publish: (topic, data, attributes = {}) => {
      const id = `${wire.process}.m${++published}`;
      const publish = () => world.pubsub.publish(id, topic, JSON.stringify(data), attributes).messageId;
      return wire.request('pubsub', 'Publish', topic, publish, dialect);
    },
  };
}

function logOf(world: World, process: string): Log {
  const line = (message: string, fields: Record<string, unknown> = {}) => {
    if (world.isTraced) world.note(`${process}: ${message} ${JSON.stringify(fields)}`);
  };
  return { info: line, warn: line, error: line };
}
