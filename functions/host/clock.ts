import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/system.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    try {
      await sleep(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
