import { assignmentsByTenant, type FleetSnapshot, type StoredAssignments } from '../../core/rollout/fleet-snapshot.ts';
import type { Assignments } from '../../ports/fleet.ts';
import type { Clock } from '../../ports/system.ts';

/** A tenant and the generation that its launch will replace; lists that began before the mark `since` do not show it. */
type Expectation = { tenant: { tenant: string }; expected: string | null; since?: number };

/** Interval of the list per page of assignments: a fleet of ten pages is listed every 20 s. */
const REFRESH_MS = 2_000;
const PAGE = 1_000;

/**
 * Lists the runtime's assignments in the background while it is launched.
 *
 * Tenants that another process claimed then cost neither a CAS conflict nor a slot, and failed launches are counted.
 */
export class ContentionTracker {
  readonly #fleet: FleetSnapshot;
  readonly #deps: { assignments: Assignments; clock: Clock };
  #stored: StoredAssignments;
  #startedAt: number;
  #hasConflicts = false;
  /** Counts marks and lists, because two of them may fall into one millisecond. */
  #ticks = 0;
  #readAt = 0;

  constructor(fleet: FleetSnapshot, readAt: Date, deps: { assignments: Assignments; clock: Clock }) {
    this.#fleet = fleet;
    this.#deps = deps;
    this.#stored = fleet.stored;
    this.#startedAt = readAt.getTime();
  }

  /** The assignments of the newest list. */
  get stored(): StoredAssignments {
    return this.#stored;
  }

  /** Lists every 2 s from now on, because another process claims tenants of this fleet. */
  recordConflict(): void {
    this.#hasConflicts = true;
    this.refresh();
  }

  /** Returns a mark that is later than each list that has begun, and earlier than the next one. */
  mark(): number {
    return ++this.#ticks;
  }

  /** The mark at which the known list began. */
  get readAt(): number {
    return this.#readAt;
  }

  /** True if the stored assignment has another generation than the launch expects. */
  hasChanged({ tenant, expected, since = 0 }: Expectation): boolean {
    if (since > this.#readAt) return false;
    return (this.#stored.get(tenant.tenant)?.generation ?? null) !== expected;
  }

  refresh(): void {
    const now = this.#deps.clock.now().getTime();
    const pages = this.#hasConflicts ? 1 : Math.max(1, Math.ceil(this.#stored.size / PAGE));
    if (now - this.#startedAt > REFRESH_MS * pages) void this.read();
  }

  async read(): Promise<void> {
    this.#startedAt = this.#deps.clock.now().getTime();
    const mark = this.mark();
    try {
      const { records } = await this.#deps.assignments.list(this.#fleet.runtime);
      if (mark <= this.#readAt) return;
      this.#stored = assignmentsByTenant(records, this.#fleet.tenants);
      this.#readAt = mark;
    } catch {
      // A claim detects the change by its CAS; the next refresh lists again.
    }
  }
}
