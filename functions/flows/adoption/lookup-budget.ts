/** Cloud Run answers some thousand reads a minute and region, which every tenant there shares. */
const MAX_MISSES = 20;
const WINDOW_MS = 60_000;

/**
 * How many executions of a job may be asked for in vain. Attack: a tenant that creates receipts of invented executions
 * would spend its region's read quota. Past the budget such receipts are ignored for a minute; a console run among them is
 * found by the recheck's look for orphans.
 */
export class LookupBudget {
  readonly #misses = new Map<string, number[]>();

  isSpent(job: string, now: Date): boolean {
    const recent = (this.#misses.get(job) ?? []).filter((time) => time > now.getTime() - WINDOW_MS);
    this.#misses.set(job, recent);
    return recent.length >= MAX_MISSES;
  }

  /** Cloud Run does not know an execution of this job. */
  miss(job: string, now: Date): void {
    this.#misses.set(job, [...(this.#misses.get(job) ?? []), now.getTime()]);
  }
}
