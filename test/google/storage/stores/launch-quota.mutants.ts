import type { Mutation } from '../../../simulate/mutants.ts';

/** All processes share one list of slots per location. */
export const mutations: readonly Mutation[] = [
  {
    name: 'limiter-per-process',
    find: '      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };',
    replace: `      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };
      const mine = control as unknown as { taken?: LaunchReservations };
      const own = reserveSlots(mine.taken ?? noReservations, request, clock.now());
      mine.taken = own.next;
      if (mine !== null) return own;`,
  },
  {
    name: 'lost-race-waits-a-batch',
    find: 'const RACE_PAUSE_MS = 300;',
    replace: 'const RACE_PAUSE_MS = 10_000;',
  },
];
