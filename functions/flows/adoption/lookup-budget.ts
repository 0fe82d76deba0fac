/** Far below Cloud Run's read quota per minute and region, which all tenants of the region share. */
const MAX_MISSES = 20;
const WINDOW_MS = 60_000;

/**
 * Limits reads of unknown executions to 20 per job and minute.
 *
 * Attack: a tenant that creates receipts of invented executions would spend its region's read quota. Past the budget such
 * receipts are ignored for a minute; the orphan scan finds a console run among them.
 */
export class LookupBudget {
  readonly #misses = new Map<string, number[]>();

  isSpent(job: string, now: Date): boolean {
    const recent = (this.#misses.get(job) ?? []).filter((time) => time > now.getTime() - WINDOW_MS);
    this.#misses.set(job, recent);
    return recent.length >= MAX_MISSES;
  }

  /** Counts a read of an execution that Cloud Run does not know. */
  miss(job: string, now: Date): void {
    this.#misses.set(job, [...(this.#misses.get(job) ?? []), now.getTime()]);
  }
}
