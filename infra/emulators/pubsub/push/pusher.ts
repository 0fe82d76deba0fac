import type { FaultSwitch } from '../../faults.ts';
import type { Broker, LiveSubscription } from '../broker/broker.ts';
import type { Delivery } from '../queue/delivery.ts';
import { type PushDelivery, pushDelivery } from './push-delivery.ts';
import { pushRequest } from './push-request.ts';
import { afterFailure, afterSuccess, firstWindow } from './push-window.ts';

export type PusherOptions = { broker: () => Broker; faults: FaultSwitch; now: () => Date };

/** Pushes one subscription's messages to its endpoint, as many at once as its window allows. */
class SubscriptionPusher {
  readonly #options: PusherOptions;
  readonly #live: LiveSubscription;
  readonly #delivery: PushDelivery;
  readonly #stopListening: () => void;
  #window = firstWindow;
  #underWay = 0;
  #closed = false;

  constructor(options: PusherOptions, live: LiveSubscription, delivery: PushDelivery) {
    this.#options = options;
    this.#live = live;
    this.#delivery = delivery;
    this.#stopListening = live.queue.listen(() => this.#pump());
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
  }

  #pump(): void {
    const messages = this.#window.size - this.#underWay;
    if (messages <= 0 || this.#closed) return;
    // The request has its own timeout, so the lease needs no end.
    const deliveries = this.#live.queue.take({ messages, leaseMilliseconds: Number.POSITIVE_INFINITY });
    for (const delivery of deliveries) void this.#push(delivery);
  }

  async #push(delivery: Delivery): Promise<void> {
    const { config, queue } = this.#live;
    this.#underWay += 1;
    const acknowledged = await this.#attempt(delivery).catch(() => false);
    this.#underWay -= 1;
    this.#window = acknowledged ? afterSuccess(this.#window) : afterFailure(this.#window);
    this.#settle(config.name, delivery.ackId, acknowledged);
    queue.notify();
  }

  #attempt(delivery: Delivery): Promise<boolean> {
    const { config } = this.#live;
    const fault = this.#options.faults({ service: 'pubsub', method: 'Push', resource: config.name });
    const request = pushRequest(config, delivery, this.#options.now());
    return this.#delivery.deliver(request, config.ackDeadlineSeconds * 1000, fault);
  }

  /** An acknowledgement that cannot be journaled does not count: the message is redelivered. */
  #settle(name: string, ackId: string, acknowledged: boolean): void {
    try {
      if (acknowledged) this.#options.broker().acknowledge(name, [ackId]);
      else this.#live.queue.modifyDeadline(ackId, 0);
    } catch {
      this.#live.queue.modifyDeadline(ackId, 0);
    }
  }
}

/** One pusher for every subscription that has an endpoint. */
export class Pushers {
  readonly #options: PusherOptions;
  readonly #delivery = pushDelivery();
  readonly #pushers = new Map<LiveSubscription, SubscriptionPusher>();

  constructor(options: PusherOptions) {
    this.#options = options;
  }

  changed(live: LiveSubscription): void {
    const pushes = live.config.pushConfig.pushEndpoint !== '';
    if (!pushes) this.ended(live);
    else if (!this.#pushers.has(live))
      this.#pushers.set(live, new SubscriptionPusher(this.#options, live, this.#delivery));
  }

  ended(live: LiveSubscription): void {
    this.#pushers.get(live)?.close();
    this.#pushers.delete(live);
  }

  close(): void {
    for (const live of [...this.#pushers.keys()]) this.ended(live);
    this.#delivery.close();
  }
}
