import type { LaunchOrder } from './launch-claim.ts';
import type { LaunchGate } from './launch-gate.ts';

type OnDropped = (order: LaunchOrder, why: 'lost' | 'stopped') => void;

/** The launches of one location that wait for a slot. */
export class LaunchQueue {
  #orders: LaunchOrder[];
  readonly #gate: LaunchGate;
  readonly #onDropped: OnDropped;

  /** @param onDropped hears of each order that leaves the queue without a slot. */
  constructor(orders: readonly LaunchOrder[], gate: LaunchGate, onDropped: OnDropped) {
    this.#orders = [...orders];
    this.#gate = gate;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#orders.length;
  }

  next(): LaunchOrder | undefined {
    for (;;) {
      const order = this.#orders.shift();
      if (order === undefined || !this.#gate.contention.isClaimedElsewhere(order)) return order;
      this.#onDropped(order, 'lost');
    }
  }

  /** Empties the queue. */
  rest(): LaunchOrder[] {
    return this.#orders.splice(0);
  }

  /** An order whose slot expired is the first to get another. */
  prepend(order: LaunchOrder): void {
    this.#orders.unshift(order);
  }

  /** An order that Cloud Run refused lets the others try before. */
  append(order: LaunchOrder): void {
    this.#orders.push(order);
  }

  /**
   * Drops the orders that the gate stops or another pass has claimed, so that no slot is reserved for them.
   *
   * @throws ControlsUnreadableError
   */
  async dropBlocked(): Promise<void> {
    const canLaunch = await this.#gate.launchRule();
    this.#orders = this.#orders.filter((order) => {
      const why = this.#gate.contention.isClaimedElsewhere(order) ? 'lost' : canLaunch(order) ? undefined : 'stopped';
      if (why !== undefined) this.#onDropped(order, why);
      return why === undefined;
    });
  }
}
