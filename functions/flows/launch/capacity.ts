import { countsByLocation, sumCounts, withinRunningCap } from '../../core/launch/capacity.ts';
import { type LocationCounts, type ReconcileState, runningElsewhere } from '../../core/records/reconcile-state.ts';

type Launch = { tenant: { job: string } };

/**
 * Running-executions budget, shared by the reconciles of one invocation.
 *
 * Other runtimes count as their newest reconcile counted them. Best effort across processes; Cloud Run's RESOURCE_EXHAUSTED
 * is the hard limit.
 */
export class ExecutionBudget {
  readonly #maxRunning: number;
  readonly #counted = new Map<string, LocationCounts>();

  constructor(maxRunning: number) {
    this.#maxRunning = maxRunning;
  }

  /**
   * Admits the launches that fit below the cap, and counts them as running from now on.
   *
   * @param running a job or execution name for each of the runtime's executions that runs.
   */
  admit<T extends Launch>(
    runtime: string,
    launches: readonly T[],
    running: readonly string[],
    { states, now }: { states: readonly ReconcileState[]; now: Date },
  ): { admitted: T[]; deferred: T[]; running: LocationCounts } {
    const isCounted = (other: string) => other === runtime || this.#counted.has(other);
    const beside = [...this.#counted].filter(([other]) => other !== runtime).map(([, counts]) => counts);
    const elsewhere = [...beside, ...runningElsewhere(states, isCounted, now)];
    const own = countsByLocation(running);
    const split = withinRunningCap(launches, sumCounts([own, ...elsewhere]), this.#maxRunning);
    const counts = sumCounts([own, countsByLocation(split.admitted.map(({ tenant }) => tenant.job))]);
    this.#counted.set(runtime, counts);
    return { ...split, running: counts };
  }
}
