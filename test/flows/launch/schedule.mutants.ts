import type { Mutation } from '../../simulate/mutants.ts';

/** A process reserves slots only for due launches, and asks again when the quota says so. */
export const mutations: readonly Mutation[] = [
  {
    name: 'asked-ever-more-seldom',
    find: 'Math.min(Math.max(retryAfter, earliest), deadline.getTime())',
    replace: `(() => {
      const mine = this as unknown as { vain?: number };
      mine.vain = (mine.vain ?? 0) + 1;
      return Math.min(Math.max(retryAfter, earliest) + 1_000 * (mine.vain - 1), deadline.getTime());
    })()`,
  },
  {
    name: 'slots-for-no-launch',
    find: 'return Math.min(this.#schedule.queue.size - this.#early, CONCURRENCY - this.#inFlight.size);',
    replace: 'return this.#schedule.queue.size > this.#early ? CONCURRENCY : 0;',
  },
];
