import type { Mutation } from '../../simulate/mutants.ts';

/** At most the quota of calls falls into 60 s, and every process gets its share. */
export const mutations: readonly Mutation[] = [
  {
    name: 'launch-times-never-lapse',
    find: 'return now.getTime() >= at + SLOT_TTL_MS;',
    replace: 'return now.getTime() < 0;',
  },
  {
    name: 'ten-minutes-in-one-batch',
    find: 'const LOOKAHEAD_MS = 10_000;',
    replace: 'const LOOKAHEAD_MS = 600_000;',
  },
  {
    name: 'reserved-far-ahead',
    find: 'Math.min(start + lookahead, before',
    replace: 'Math.min(start + 60 * lookahead, before',
  },
  {
    name: 'batch-without-limit',
    find: 'Math.min(request.want, largestBatch(perMinute), ',
    replace: 'Math.min(request.want, largestBatch(60 * perMinute), ',
  },
  {
    name: 'others-launch-times-dropped',
    find: 'next: { ...taken, reserved, pausedUntil } };',
    replace: 'next: { ...taken, reserved: slots.map(({ at }) => at), pausedUntil } };',
  },
  {
    name: 'refusal-pauses-nothing',
    find: 'const earliest = Math.max(start, taken.pausedUntil);',
    replace: 'const earliest = start;',
  },
];
