import type { Variant } from '../substitute.ts';

/** Launch times are reserved for all processes together, and lapse. */
export const quota: readonly Variant[] = [
  {
    name: 'limiter-per-process',
    file: 'google/storage/stores/launch-quota.ts',
    find: '      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };',
    replace: `      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };
      const mine = control as unknown as { taken?: LaunchReservations };
      const own = reserveSlots(mine.taken ?? noLaunchTimes, request, clock.now());
      mine.taken = own.next;
      if (mine !== null) return own;`,
  },
  {
    name: 'launch-times-never-lapse',
    file: 'core/launch/quota.ts',
    find: 'return now.getTime() >= at + SLOT_TTL_MS;',
    replace: 'return now.getTime() < 0;',
  },
  {
    name: 'ten-minutes-in-one-batch',
    file: 'core/launch/quota.ts',
    find: 'const LOOKAHEAD_MS = 10_000;',
    replace: 'const LOOKAHEAD_MS = 600_000;',
  },
  {
    name: 'reserved-far-ahead',
    file: 'core/launch/quota.ts',
    find: 'Math.min(start + lookahead, before',
    replace: 'Math.min(start + 60 * lookahead, before',
  },
  {
    name: 'batch-without-limit',
    file: 'core/launch/quota.ts',
    find: 'Math.min(request.want, largestBatch(perMinute), ',
    replace: 'Math.min(request.want, largestBatch(60 * perMinute), ',
  },
  {
    name: 'others-launch-times-dropped',
    file: 'core/launch/quota.ts',
    find: 'next: { ...taken, reserved, pausedUntil } };',
    replace: 'next: { ...taken, reserved: slots.map(({ at }) => at), pausedUntil } };',
  },
  {
    name: 'courtesy-forgotten',
    file: 'flows/launch/schedule.ts',
    find: 'const FAIRNESS_DELAY_MS = 1_000;',
    replace: 'const FAIRNESS_DELAY_MS = 0;',
  },
  {
    name: 'lost-race-waits-a-batch',
    file: 'google/storage/stores/launch-quota.ts',
    find: 'const RACE_PAUSE_MS = 300;',
    replace: 'const RACE_PAUSE_MS = 10_000;',
  },
  {
    name: 'asked-ever-more-seldom',
    file: 'flows/launch/schedule.ts',
    find: 'Math.min(Math.max(retryAfter, earliest), deadline.getTime())',
    replace: `(() => {
      const mine = this as unknown as { vain?: number };
      mine.vain = (mine.vain ?? 0) + 1;
      return Math.min(Math.max(retryAfter, earliest) + 1_000 * (mine.vain - 1), deadline.getTime());
    })()`,
  },
  {
    name: 'running-cap-ignored',
    file: 'core/launch/capacity.ts',
    find: '(count <= maxRunning ? split.admitted : split.deferred).push(launch);',
    replace: 'split.admitted.push(launch);',
  },
  {
    name: 'refusal-pauses-nothing',
    file: 'core/launch/quota.ts',
    find: 'const earliest = Math.max(start, taken.pausedUntil);',
    replace: 'const earliest = start;',
  },
  {
    name: 'slots-for-no-launch',
    file: 'flows/launch/schedule.ts',
    find: 'return Math.min(this.#schedule.queue.size - this.#early, CONCURRENCY - this.#inFlight.size);',
    replace: 'return this.#schedule.queue.size > this.#early ? CONCURRENCY : 0;',
  },
  {
    name: 'receipts-prompt-without-pause',
    file: 'core/rollout/prompted-start.ts',
    find: "return waitMs > 0 ? { waitMs } : 'start';",
    replace: "return waitMs > 1e9 ? { waitMs } : 'start';",
  },
  {
    name: 'stale-ticks-run',
    file: 'flows/rollout/handle-recheck.ts',
    find: 'config.recheckStaleSeconds * 1000)',
    replace: 'config.recheckStaleSeconds * 1e9)',
  },
];
