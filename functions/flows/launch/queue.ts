import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import { replanLaunch } from '../../core/rollout/replan.ts';
import type { Clock } from '../../ports/system.ts';
import type { TenantLaunch } from './claim.ts';
import type { LaunchGate } from './gate.ts';

type OnDropped = (order: TenantLaunch, why: 'lost' | 'stopped') => void;

/**
 * The launches of one location that wait for a slot. An order whose assignment was written meanwhile is planned again: a
 * receipt of the older revision needs the launch still, another pass's claim does not.
 */
export class LaunchQueue {
  #orders: TenantLaunch[];
  /** Lost a claim; the next list of assignments shows to whom. */
  #conflicted: TenantLaunch[] = [];
  /** The revisions that the plan moves tenants away from. */
  readonly #from: ReadonlyMap<string, number>;
  readonly #gate: LaunchGate;
  readonly #context: { policy: RetryPolicy; clock: Clock };
  readonly #onDropped: OnDropped;

  /** @param onDropped hears of each order that leaves the queue without a slot. */
  constructor(
    orders: readonly TenantLaunch[],
    gate: LaunchGate,
    context: { policy: RetryPolicy; clock: Clock },
    onDropped: OnDropped,
  ) {
    this.#orders = [...orders];
    this.#from = new Map([...gate.contention.assignments].map(([tenant, { revision }]) => [tenant, revision]));
    this.#gate = gate;
    this.#context = context;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#orders.length;
  }

  next(): TenantLaunch | undefined {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      const current = this.#replanned(order);
      if (current !== undefined) return current;
    }
    return undefined;
  }

  /** Empties the queue. */
  rest(): TenantLaunch[] {
    return [...this.#orders.splice(0), ...this.#conflicted.splice(0)];
  }

  /** An order whose slot expired is the first to get another. */
  prepend(order: TenantLaunch): void {
    this.#orders.unshift(this.#marked(order));
  }

  /** An order that Cloud Run refused lets the others try before. */
  append(order: TenantLaunch): void {
    this.#orders.push(this.#marked(order));
  }

  /** An order that lost its claim waits until a list shows what was written. */
  conflict(order: TenantLaunch): void {
    this.#conflicted.push(this.#marked(order));
    this.#gate.contention.recordConflict();
  }

  /**
   * Drops the orders that the gate stops or another pass has claimed, so that no slot is reserved for them.
   *
   * @throws ControlsUnreadableError
   */
  async dropBlocked(): Promise<void> {
    const canLaunch = await this.#gate.launchRule();
    const { readAt } = this.#gate.contention;
    const shown = this.#conflicted.filter(({ since = 0 }) => since <= readAt);
    this.#conflicted = this.#conflicted.filter(({ since = 0 }) => since > readAt);
    this.#orders = [...shown, ...this.#orders].flatMap((order) => {
      const current = this.#replanned(order);
      if (current === undefined || canLaunch(current)) return current ?? [];
      this.#onDropped(current, 'stopped');
      return [];
    });
  }

  /** With nothing else left, looks for what the lost claims still need. */
  async resolveConflicts(): Promise<void> {
    if (this.#conflicted.length === 0) return;
    await this.#gate.contention.read();
    await this.dropBlocked();
    for (const order of this.#conflicted.splice(0)) this.#onDropped(order, 'lost');
  }

  #marked(order: TenantLaunch): TenantLaunch {
    return { ...order, since: this.#gate.contention.mark() };
  }

  #replanned(order: TenantLaunch): TenantLaunch | undefined {
    const { contention } = this.#gate;
    if (!contention.hasChanged(order)) return order;
    const stored = contention.storedOf(order.tenant.tenant);
    const launch = this.#isMovedOn(order, stored?.value) ? undefined : this.#launchOf(order, stored?.value);
    if (launch === undefined) {
      this.#onDropped(order, 'lost');
      return undefined;
    }
    return { ...launch, expected: stored?.generation ?? null, since: contention.readAt };
  }

  /** Another pass that moved the tenant to a third revision may know a later promotion. */
  #isMovedOn({ tenant, entry }: TenantLaunch, stored: Assignment | undefined): boolean {
    return stored?.revision !== entry.revision && stored?.revision !== this.#from.get(tenant.tenant);
  }

  #launchOf(order: TenantLaunch, stored: Assignment | undefined): ReturnType<typeof replanLaunch> {
    const { policy, clock } = this.#context;
    return replanLaunch(order, stored, policy, clock.now());
  }
}
