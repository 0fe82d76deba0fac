import type { RetryPolicy } from '../../core/launch/backoff.ts';
import type { Assignment } from '../../core/records/assignment.ts';
import { replanLaunch } from '../../core/rollout/replan.ts';
import type { Clock } from '../../ports/system.ts';
import type { TenantLaunch } from './claim.ts';
import type { LaunchGate } from './gate.ts';

type OnDropped = (launch: TenantLaunch, why: 'conflict' | 'blocked') => void;

/**
 * The launches of one location that wait for a slot. An order whose assignment was written meanwhile is planned again: a
 * receipt of the older revision needs the launch still, another pass's claim does not.
 */
export class LaunchQueue {
  #launches: TenantLaunch[];
  /** Lost a claim; the next list of assignments shows to whom. */
  #conflicted: TenantLaunch[] = [];
  /** The revisions that the plan moves tenants away from. */
  readonly #from: ReadonlyMap<string, number>;
  readonly #gate: LaunchGate;
  readonly #context: { policy: RetryPolicy; clock: Clock };
  readonly #onDropped: OnDropped;

  /** @param onDropped hears of each order that leaves the queue without a slot. */
  constructor(
    launches: readonly TenantLaunch[],
    gate: LaunchGate,
    context: { policy: RetryPolicy; clock: Clock },
    onDropped: OnDropped,
  ) {
    this.#launches = [...launches];
    this.#from = new Map([...gate.contention.assignments].map(([tenant, { revision }]) => [tenant, revision]));
    this.#gate = gate;
    this.#context = context;
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

  /** An order whose slot expired is the first to get another. */
  prepend(launch: TenantLaunch): void {
    this.#launches.unshift(this.#marked(launch));
  }

  /** An order that Cloud Run refused lets the others try before. */
  append(launch: TenantLaunch): void {
    this.#launches.push(this.#marked(launch));
  }

  /** An order that lost its claim waits until a list shows what was written. */
  conflict(launch: TenantLaunch): void {
    this.#conflicted.push(this.#marked(launch));
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
    this.#launches = [...shown, ...this.#launches].flatMap((launch) => {
      const current = this.#replanned(launch);
      if (current === undefined || canLaunch(current)) return current ?? [];
      this.#onDropped(current, 'blocked');
      return [];
    });
  }

  /** With nothing else left, looks for what the lost claims still need. */
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
    const stored = contention.storedOf(launch.tenant.tenant);
    const replanned = this.#isMovedOn(launch, stored?.value) ? undefined : this.#launchOf(launch, stored?.value);
    if (replanned === undefined) {
      this.#onDropped(launch, 'conflict');
      return undefined;
    }
    return { ...replanned, expected: stored?.generation ?? null, since: contention.readAt };
  }

  /** Another pass that moved the tenant to a third revision may know a later promotion. */
  #isMovedOn({ tenant, entry }: TenantLaunch, stored: Assignment | undefined): boolean {
    return stored?.revision !== entry.revision && stored?.revision !== this.#from.get(tenant.tenant);
  }

  #launchOf(launch: TenantLaunch, stored: Assignment | undefined): ReturnType<typeof replanLaunch> {
    const { policy, clock } = this.#context;
    return replanLaunch(launch, stored, policy, clock.now());
  }
}
