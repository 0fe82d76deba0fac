import type { LaunchOrder } from './launch-one.ts';
import type { Rivals } from './rivals.ts';

/** The launches of one project and region that nobody has begun yet. */
export class LaunchQueue {
  readonly #orders: LaunchOrder[];
  readonly #rivals: Rivals;
  readonly #onTaken: () => void;

  /** @param onTaken hears of each order that is left out because another pass has its tenant. */
  constructor(orders: readonly LaunchOrder[], rivals: Rivals, onTaken: () => void) {
    this.#orders = [...orders].reverse();
    this.#rivals = rivals;
    this.#onTaken = onTaken;
  }

  next(): LaunchOrder | undefined {
    for (;;) {
      const order = this.#orders.pop();
      if (order === undefined || !this.#rivals.haveTaken(order)) return order;
      this.#onTaken();
    }
  }

  /** The next one without taking it. */
  peek(): LaunchOrder | undefined {
    return this.#orders.at(-1);
  }

  /** How many are left, as far as is known. */
  count(): number {
    return this.#orders.filter((order) => !this.#rivals.haveTaken(order)).length;
  }
}
