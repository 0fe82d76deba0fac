import type { Variant } from '../substitute.ts';

/** Launch times are reserved for all processes together, and lapse. */
export const quota: readonly Variant[] = [
  {
    name: 'limiter-per-process',
    file: 'google/storage-launch-quota.ts',
    find: `  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {`,
    replace: `  let mine = empty;
  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {
      const own = reserveLaunchTimes(mine, want, runsPerMinute, now);
      mine = own.next;
      if (mine !== null) return own;`,
  },
  {
    name: 'launch-times-never-lapse',
    file: 'core/launch-times.ts',
    find: 'return now.getTime() >= time + SPARE_MS;',
    replace: 'return now.getTime() < 0;',
  },
  {
    name: 'ten-minutes-in-one-batch',
    file: 'core/launch-times.ts',
    find: 'const HORIZON_MS = 10_000;',
    replace: 'const HORIZON_MS = 600_000;',
  },
  {
    name: 'reserved-far-ahead',
    file: 'core/launch-times.ts',
    find: '&& next <= start + HORIZON_MS',
    replace: '&& next <= start + 60 * HORIZON_MS',
  },
  {
    name: 'batch-without-limit',
    file: 'core/launch-times.ts',
    find: 'Math.min(want, Math.ceil((perMinute * HORIZON_MS) / 60_000))',
    replace: 'want',
  },
  {
    name: 'others-launch-times-dropped',
    file: 'core/launch-times.ts',
    find: 'next: { ...taken, reserved } };',
    replace: 'next: { ...taken, reserved: times } };',
  },
  {
    name: 'courtesy-forgotten',
    file: 'flows/launch-turns.ts',
    find: 'const COURTESY_MS = 1_000;',
    replace: 'const COURTESY_MS = 0;',
  },
  {
    name: 'lost-race-waits-a-batch',
    file: 'google/storage-launch-quota.ts',
    find: 'const RACE_PAUSE_MS = 300;',
    replace: 'const RACE_PAUSE_MS = 10_000;',
  },
  {
    name: 'asked-ever-more-seldom',
    file: 'flows/launch-turns.ts',
    find: `  for (;;) {
    const now = deps.clock.now();
    if (now >= deadline) return 'too-late';`,
    replace: `  for (let vain = 0; ; vain++) {
    await deps.clock.sleep(vain > 1 ? 1_000 * vain : 0);
    const now = deps.clock.now();
    if (now >= deadline) return 'too-late';`,
  },
];
