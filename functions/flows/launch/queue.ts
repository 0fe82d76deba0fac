import type { Assignment } from '../../core/records/assignment.ts';
import { replanLaunch } from '../../core/rollout/reconcile.ts';
import type { Clock } from '../../ports/system.ts';
import type { TenantLaunch } from './claim.ts';
import type { LaunchGate } from './gate.ts';

type OnDropped = (launch: TenantLaunch, why: 'conflict' | 'blocked') => void;

/**
 * The launches of one location that wait for a slot.
 *
 * A launch whose assignment changed meanwhile is planned again: after a receipt of the older revision it is still due, after
 * another reconcile's claim it is not.
 */
export class LaunchQueue {
  #launches: TenantLaunch[];
  /** Their claim met a CAS conflict. The next list of assignments shows whether they are still due. */
  #conflicted: TenantLaunch[] = [];
  /** The revision of each tenant when the plan was made. */
  readonly #from: ReadonlyMap<string, number>;
  readonly #gate: LaunchGate;
  readonly #clock: Clock;
  readonly #onDropped: OnDropped;

  /** @param onDropped is called for each launch that leaves the queue without a slot. */
  constructor(launches: readonly TenantLaunch[], gate: LaunchGate, clock: Clock, onDropped: OnDropped) {
    this.#launches = [...launches];
    this.#from = new Map([...gate.contention.stored].map(([tenant, { value }]) => [tenant, value.revision]));
    this.#gate = gate;
    this.#clock = clock;
    this.#onDropped = onDropped;
  }

  get size(): number {
    return this.#launches.length;
  }

  next(): TenantLaunch | undefined {
    for (let launch = this.#launches.shift(); launch !== undefined; launch = this.#launches.shift()) {
      const current = this.#replanned(launch);
      if (current !== undefined) return current;
    }
    return undefined;
  }

  /** Empties the queue. */
  rest(): TenantLaunch[] {
    return [...this.#launches.splice(0), ...this.#conflicted.splice(0)];
  }

  /** Queues a launch whose slot expired: it gets the next slot. */
  prepend(launch: TenantLaunch): void {
    this.#launches.unshift(this.#marked(launch));
  }

  /** Queues a launch that Cloud Run refused: the others go first. */
  append(launch: TenantLaunch): void {
    this.#launches.push(this.#marked(launch));
  }

  /** Keeps a launch whose claim met a CAS conflict until a list shows what was written. */
  conflict(launch: TenantLaunch): void {
    this.#conflicted.push(this.#marked(launch));
    this.#gate.contention.recordConflict();
  }

  /**
   * Drops launches that the gate blocks or another reconcile has claimed, so that no slot is reserved for them.
   *
   * @throws ControlsUnreadableError
   */
  async dropBlocked(): Promise<void> {
    const canLaunch = await this.#gate.launchRule();
    const { readAt } = this.#gate.contention;
    const shown = this.#conflicted.filter(({ since = 0 }) => since <= readAt);
    this.#conflicted = this.#conflicted.filter(({ since = 0 }) => since > readAt);
    this.#launches = [...shown, ...this.#launches].flatMap((launch) => {
      const current = this.#replanned(launch);
      if (current === undefined || canLaunch(current)) return current ?? [];
      this.#onDropped(current, 'blocked');
      return [];
    });
  }

  /** Lists assignments when only conflicted launches remain, and queues those that are still due. */
  async resolveConflicts(): Promise<void> {
    if (this.#conflicted.length === 0) return;
    await this.#gate.contention.read();
    await this.dropBlocked();
    for (const launch of this.#conflicted.splice(0)) this.#onDropped(launch, 'conflict');
  }

  #marked(launch: TenantLaunch): TenantLaunch {
    return { ...launch, since: this.#gate.contention.mark() };
  }

  #replanned(launch: TenantLaunch): TenantLaunch | undefined {
    const { contention } = this.#gate;
    if (!contention.hasChanged(launch)) return launch;
    const stored = contention.stored.get(launch.tenant.tenant);
    const replanned = this.#isMovedOn(launch, stored?.value)
      ? undefined
      : replanLaunch(launch, stored, this.#clock.now());
    if (replanned === undefined) {
      this.#onDropped(launch, 'conflict');
      return undefined;
    }
    return { ...replanned, since: contention.readAt };
  }

  /** True if the tenant has a third revision: the reconcile that assigned it may know a later promotion. */
  #isMovedOn({ tenant, entry }: TenantLaunch, stored: Assignment | undefined): boolean {
    return stored?.revision !== entry.revision && stored?.revision !== this.#from.get(tenant.tenant);
  }
}
