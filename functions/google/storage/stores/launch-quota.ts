import type { Config } from '../../../core/config.ts';
import {
  afterProbe,
  afterRefusal,
  type LaunchReservations,
  launchQuotaSchema,
  noReservations,
  reserveSlots,
} from '../../../core/launch/quota.ts';
import { parseRecord } from '../../../core/records/codec.ts';
import { names } from '../../../core/records/object-names.ts';
import type { LaunchQuota } from '../../../ports/launcher.ts';
import type { Clock } from '../../../ports/system.ts';
import type { JsonObjects } from '../json-objects.ts';

/** An object takes about one write a second, so losers of a race wait about that long. */
const RACE_PAUSE_MS = 300;

/** Launch slots shared by all processes through `quota/<project>/<region>.json`. */
export function storageLaunchQuota(
  control: JsonObjects,
  clock: Clock,
  { runsPerMinute, maxRunning }: Pick<Config, 'runsPerMinute' | 'maxRunning'>,
): LaunchQuota {
  /** Writes what `change` makes of the stored slots, and all of it again after a lost race. */
  const update = async <T extends { next: LaunchReservations }>(
    name: string,
    change: (taken: LaunchReservations) => T,
  ): Promise<T> => {
    for (let race = 0; ; race++) {
      const stored = await control.read(name);
      const taken = stored === undefined ? noReservations : parseRecord(launchQuotaSchema, stored.value, name);
      const changed = change(taken);
      if (changed.next === taken) return changed;
      const written = await (stored === undefined
        ? control.create(name, changed.next)
        : control.replace(name, changed.next, stored.generation));
      if (typeof written === 'object') return changed;
      await clock.sleep(RACE_PAUSE_MS * (1 + Math.random()) * Math.min(race + 1, 5));
    }
  };
  return {
    maxRunning,
    reserve: async ({ project, region }, want, before) => {
      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };
      // By the time after the read, which may have taken long.
      return update(names.quota(project, region), (taken) => reserveSlots(taken, request, clock.now()));
    },
    report: async ({ project, region }, slot, answer) => {
      await update(names.quota(project, region), (taken) => ({
        next: answer === 'refused' ? afterRefusal(taken, slot, clock.now()) : afterProbe(taken, clock.now()),
      }));
    },
  };
}
