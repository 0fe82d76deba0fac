import { type LaunchTimes, launchTimesSchema, reserveLaunchTimes } from '../../functions/core/launch-times.ts';
import { names } from '../../functions/core/object-names.ts';
import { FORMAT_VERSION, formatRecord, parseRecord } from '../../functions/core/record.ts';
import type { LaunchQuota } from '../../functions/ports/launch-quota.ts';
import type { Gate } from './gate.ts';
import type { ObjectStore } from './object-store.ts';

const empty: LaunchTimes = { formatVersion: FORMAT_VERSION, reserved: [] };

/** Launch times by read and CAS, as all processes share them: others may come between the two. */
export function fakeQuota(
  control: ObjectStore,
  gate: Gate,
  { runsPerMinute, maxRunning }: { runsPerMinute: number; maxRunning: number },
): LaunchQuota {
  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {
      const name = names.quota(project, region);
      for (;;) {
        const stored = await gate('quota', 'read', name, () => control.read(name));
        const taken = stored === undefined ? empty : parseRecord(launchTimesSchema, stored.text, name);
        const { next, ...reservation } = reserveLaunchTimes(taken, want, runsPerMinute, now);
        if (reservation.times.length === 0) return reservation;
        const text = formatRecord(next);
        const written = await gate('quota', 'write', name, () =>
          stored === undefined ? control.create(name, text) : control.replace(name, text, stored.generation),
        );
        if (typeof written === 'object') return reservation;
      }
    },
  };
}
