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

/** Pause after a CAS conflict, because Cloud Storage takes about one write a second to an object. */
const RACE_PAUSE_MS = 300;

/** Launch slots that all processes share through `quota/<project>/<region>.json`. */
export function storageLaunchQuota(
  control: JsonObjects,
  clock: Clock,
  { runsPerMinute, maxRunning }: Pick<Config, 'runsPerMinute' | 'maxRunning'>,
): LaunchQuota {
  /** Changes the stored slots by CAS, and retries with the newest ones after a conflict. */
  const update = async <T extends { next: LaunchReservations }>(
    name: string,
    change: (taken: LaunchReservations) => T,
  ): Promise<T> => {
    for (let race = 0; ; race++) {
      const stored = await control.read(name);
      const taken = stored === undefined ? noReservations : parseRecord(launchQuotaSchema, stored.value, name);
      const changed = change(taken);
      if (changed.next === taken) return changed;
      const written = await control.replaceContended(name, changed.next, stored?.generation ?? '0');
      if (written !== 'conflict') return changed;
      await clock.sleep(RACE_PAUSE_MS * (1 + Math.random()) * Math.min(race + 1, 5));
    }
  };
  return {
    maxRunning,
    reserve: async ({ project, region }, want, before) => {
      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };
      // The clock is read after the object, because the read may have taken long.
      return update(names.quota(project, region), (taken) => reserveSlots(taken, request, clock.now()));
    },
    report: async ({ project, region }, slot, answer) => {
      await update(names.quota(project, region), (taken) => ({
        next: answer === 'refused' ? afterRefusal(taken, slot, clock.now()) : afterProbe(taken, clock.now()),
      }));
    },
  };
}
