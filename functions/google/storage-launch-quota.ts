import type { Config } from '../core/config.ts';
import { type LaunchTimes, launchTimesSchema, reserveLaunchTimes } from '../core/launch-times.ts';
import { names } from '../core/object-names.ts';
import { FORMAT_VERSION, parseRecord } from '../core/record.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaunchQuota } from '../ports/launch-quota.ts';
import type { JsonObjects } from './json-objects.ts';

const empty: LaunchTimes = { formatVersion: FORMAT_VERSION, reserved: [] };
/** An object takes about one write a second, so losers of a race wait about that long. */
const RACE_PAUSE_MS = 300;

/** Launch times shared by all processes through `quota/<project>/<region>.json`. */
export function storageLaunchQuota(
  control: JsonObjects,
  clock: Clock,
  { runsPerMinute, maxRunning }: Pick<Config, 'runsPerMinute' | 'maxRunning'>,
): LaunchQuota {
  return {
    maxRunning,
    reserve: async ({ project, region }, want, now) => {
      const name = names.quota(project, region);
      for (let race = 0; ; race++) {
        const stored = await control.read(name);
        const taken = stored === undefined ? empty : parseRecord(launchTimesSchema, stored.value, name);
        const { next, ...reservation } = reserveLaunchTimes(taken, want, runsPerMinute, race === 0 ? now : clock.now());
        if (reservation.times.length === 0) return reservation;
        const written = await (stored === undefined
          ? control.create(name, next)
          : control.replace(name, next, stored.generation));
        if (typeof written === 'object') return reservation;
        await clock.sleep(RACE_PAUSE_MS * (1 + Math.random()) * Math.min(race + 1, 5));
      }
    },
  };
}
