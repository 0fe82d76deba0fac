import type { Assignment } from '../core/assignment.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { Clock } from '../ports/clock.ts';
import type { Versioned } from '../ports/versioned.ts';

/** A tenant and the generation that its launch will replace, written by this process at `since`, or else read by the plan. */
type Expectation = { tenant: { tenant: string }; expected: string | null; since?: number };

type Stored = ReadonlyMap<string, Versioned<Assignment>>;

/** How often a page of assignments is listed: a fleet of ten pages every ten times as long. */
const REFRESH_MS = 2_000;
const PAGE = 1_000;

/**
 * The runtime's assignments while it is launched, read again in the background. They show which tenants another process has
 * claimed, so that these cost neither a CAS conflict nor a slot, and which launches failed.
 */
export class ContentionTracker {
  readonly #runtime: string;
  readonly #deps: { assignments: Assignments; clock: Clock };
  #stored: Stored;
  #assignments: ReadonlyMap<string, Assignment>;
  /** When the list that `#stored` comes from was sent. */
  #readAt: number;
  #startedAt: number;
  #hasConflicts = false;

  constructor(runtime: string, stored: Stored, readAt: Date, deps: { assignments: Assignments; clock: Clock }) {
    this.#runtime = runtime;
    this.#deps = deps;
    this.#stored = stored;
    this.#assignments = valuesOf(stored);
    this.#readAt = readAt.getTime();
    this.#startedAt = this.#readAt;
  }

  get assignments(): ReadonlyMap<string, Assignment> {
    return this.#assignments;
  }

  /** Another process won a claim: it launches this fleet as well, and lists are worth their calls. */
  recordConflict(): void {
    this.#hasConflicts = true;
    this.refresh();
  }

  /** True if the tenant's assignment is another than the order expects. */
  isClaimedElsewhere({ tenant, expected, since = 0 }: Expectation): boolean {
    if (since >= this.#readAt) return false;
    return (this.#stored.get(tenant.tenant)?.generation ?? null) !== expected;
  }

  refresh(): void {
    const now = this.#deps.clock.now().getTime();
    const pages = this.#hasConflicts ? 1 : Math.max(1, Math.ceil(this.#stored.size / PAGE));
    if (now - this.#startedAt > REFRESH_MS * pages) void this.#read(now);
  }

  async #read(now: number): Promise<void> {
    this.#startedAt = now;
    try {
      const { records } = await this.#deps.assignments.list(this.#runtime);
      if (now <= this.#readAt) return;
      this.#stored = new Map(records.map((stored) => [stored.value.tenant, stored]));
      this.#assignments = valuesOf(this.#stored);
      this.#readAt = now;
    } catch {
      // A claim finds out by its CAS; the next refresh lists again.
    }
  }
}

function valuesOf(stored: Stored): ReadonlyMap<string, Assignment> {
  return new Map([...stored].map(([tenant, { value }]) => [tenant, value]));
}
