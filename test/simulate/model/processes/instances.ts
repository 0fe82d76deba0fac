import { AsyncLocalStorage } from 'node:async_hooks';
import { type Cloud, cloudOver } from '#functions/google/cloud.ts';
import { runLauncher } from '#functions/google/run/launcher.ts';
import type { Log, Messages } from '#functions/ports/system.ts';
import { modelRunClients } from '../cloud/run-client.ts';
import { everything, modelStorage } from '../cloud/storage-client.ts';
import { type Sender, ServerError, type Wire } from '../cloud/wire.ts';
import type { World } from '../world.ts';

/** A process that serves deliveries of one function, several at a time: its clients and caches live as long as it does. */
export type Instance = {
  name: string;
  cloud: Cloud;
  deliveries: Set<Wire>;
  idleSince: number;
};

/** Cloud Run ends an instance that has had nothing to do for so long. */
const IDLE_MS = 900_000;

/** Which delivery a request of an instance belongs to. */
const current = new AsyncLocalStorage<Wire>();

/** The instances of every function. */
export class Instances {
  readonly #world: World;
  readonly #concurrency: number;
  readonly #alive = new Map<string, Instance[]>();
  #made = 0;

  /** @param concurrency deliveries that an instance takes at a time. */
  constructor(world: World, concurrency: number) {
    this.#world = world;
    this.#concurrency = concurrency;
  }

  /** One that has room for another delivery; a new one where none has. */
  of(topic: string): Instance {
    const { now } = this.#world.timeline;
    const alive = (this.#alive.get(topic) ?? []).filter(
      ({ deliveries, idleSince }) => deliveries.size > 0 || now - idleSince < IDLE_MS,
    );
    const free = alive.find(({ deliveries }) => deliveries.size < this.#concurrency);
    const instance = free ?? this.#make(topic);
    this.#alive.set(topic, free === undefined ? [...alive, instance] : alive);
    return instance;
  }

  /** All that the instance still had to do ends with it. */
  kill(topic: string, instance: Instance): void {
    this.#alive.set(
      topic,
      (this.#alive.get(topic) ?? []).filter((one) => one !== instance),
    );
    for (const wire of instance.deliveries) wire.kill();
  }

  #make(topic: string): Instance {
    const name = `${topic}-${++this.#made}`;
    return { name, cloud: connect(this.#world, name), deliveries: new Set(), idleSince: 0 };
  }
}

/** The delivery, or the sandbox, whose code runs just now. */
export function currentWire(): Wire | undefined {
  return current.getStore();
}

/** Runs a delivery, so that what it asks for goes over its own wire. */
export function within<T>(wire: Wire, run: () => Promise<T>): Promise<T> {
  return current.run(wire, run);
}

/** The ports of one process, wired as they ship. */
function connect(world: World, instance: string): Cloud {
  const { timeline } = world;
  const clock = world.clockOf(instance);
  const sender: Sender = { request: (...call) => wireNow().request(...call) };
  const clients = modelRunClients(world, sender, (milliseconds) => timeline.sleep(milliseconds));
  const parts = {
    storage: modelStorage(world.buckets, sender, everything),
    launcher: runLauncher(() => clients),
    messages: createMessages(world, sender),
  };
  return {
    ...cloudOver(parts, world.config, clock, createLog(world)),
    newLaunchId: () => wireNow().newId('l'),
    owner: instance,
  };
}

function wireNow(): Wire {
  const wire = current.getStore();
  if (wire === undefined) throw new Error('a request of no delivery');
  return wire;
}

function createMessages(world: World, sender: Sender): Messages {
  const dialect = {
    refuse: () => new ServerError(14, 'UNAVAILABLE'),
    broken: () => new ServerError(14, 'the connection broke'),
  };
  return {
    publish: (topic, data, attributes = {}) => {
      const id = wireNow().newId('m');
      const publish = () => world.pubsub.publish(id, topic, JSON.stringify(data), attributes).messageId;
      return sender.request('pubsub', 'Publish', topic, publish, dialect);
    },
  };
}

function createLog(world: World): Log {
  const line = (message: string, fields: Record<string, unknown> = {}) => {
    if (world.isTraced) world.note(`${current.getStore()?.process}: ${message} ${JSON.stringify(fields)}`);
  };
  return { info: line, warn: line, error: line };
}
