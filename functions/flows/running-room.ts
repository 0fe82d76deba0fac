import pMap from 'p-map';
import { hasOpenRun } from '../core/assignment.ts';
import { withinRunningCap } from '../core/running-cap.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { LaunchQuota } from '../ports/launch-quota.ts';
import type { Log } from '../ports/log.ts';

export type RoomDeps = { fleet: FleetRegistry; assignments: Assignments; quota: LaunchQuota; log: Log };

type Order = { tenant: Tenant };

const CONCURRENCY = 4;

/**
 * Cloud Run's room for executions, which all runtimes share, as the passes of one invocation know it: what each of them found
 * running and has launched counts for the others. Other invocations are seen by their assignments only, so between processes
 * the cap is advice; Cloud Run's refusal is the end of it.
 */
export class RunningRoom {
  readonly #deps: RoomDeps;
  /** As a pass of this invocation found it, and what that has launched since; or as the assignments tell. */
  readonly #running = new Map<string, Tenant[]>();
  readonly #looks = new Map<string, Promise<void>>();

  constructor(deps: RoomDeps) {
    this.#deps = deps;
  }

  /**
   * Which of these launches there is room for; they count as running from now on.
   *
   * @param running the runtime's own tenants whose execution runs.
   */
  async take<T extends Order>(
    runtime: string,
    orders: readonly T[],
    running: readonly Tenant[],
  ): Promise<{ room: T[]; later: T[] }> {
    const own = [...running];
    this.#running.set(runtime, own);
    if (orders.length === 0) return { room: [], later: [] };
    await pMap(await this.#deps.fleet.runtimes(), (other) => this.#know(other), { concurrency: CONCURRENCY });
    // Without a pause from here on, so that nobody else takes the same room.
    const split = withinRunningCap(orders, [...this.#running.values()].flat(), this.#deps.quota.maxRunning);
    own.push(...split.room.map(({ tenant }) => tenant));
    return split;
  }

  #know(runtime: string): Promise<void> | undefined {
    if (this.#running.has(runtime)) return undefined;
    const look = this.#looks.get(runtime) ?? this.#lookAt(runtime);
    this.#looks.set(runtime, look);
    return look;
  }

  /** A runtime that cannot be read keeps no other from its launches. */
  async #lookAt(runtime: string): Promise<void> {
    try {
      const found = await this.#listed(runtime);
      if (!this.#running.has(runtime)) this.#running.set(runtime, found);
    } catch (error) {
      this.#deps.log.warn('running executions cannot be counted now', { runtime, error: String(error) });
    }
  }

  async #listed(runtime: string): Promise<Tenant[]> {
    const open = (await this.#deps.assignments.list(runtime)).records.filter(({ value }) => hasOpenRun(value));
    if (open.length === 0) return [];
    const names = new Set(open.map(({ value }) => value.tenant));
    return (await this.#deps.fleet.tenants(runtime)).records.filter(({ tenant }) => names.has(tenant));
  }
}
