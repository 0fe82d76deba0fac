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
];
