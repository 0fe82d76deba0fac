import type { Mutation } from '../../simulate/mutants.ts';

/** A process reserves slots only for due launches, and asks again when the quota says so. */
export const mutations: readonly Mutation[] = [
  {
    name: 'asked-ever-more-seldom',
    find: `    if (slots.length > 0) return true;
    // Counted from now, because a process that asks a round trip late would always find the slot taken.
    const earliest = clock.now().getTime() + 50;
    // Waits even to the deadline, because a requeued reconcile would find the quota exhausted as well.
    await this.#sleepUntil(Math.min(Math.max(retryAfter, earliest), deadline.getTime()));`,
    replace: `    const mine = this as unknown as { inVain: number };
    mine.inVain = slots.length > 0 ? 0 : (mine.inVain ?? 0) + 1;
    if (slots.length > 0) return true;
    const earliest = Math.max(retryAfter, clock.now().getTime() + 50) + 1_000 * (mine.inVain - 1);
    await this.#sleepUntil(Math.min(earliest, deadline.getTime()));`,
  },
  {
    name: 'slots-for-no-launch',
    find: 'return Math.min(this.#schedule.queue.size - this.#early, CONCURRENCY - this.#inFlight.size);',
    replace: 'return this.#schedule.queue.size > this.#early ? CONCURRENCY : 0;',
  },
];
