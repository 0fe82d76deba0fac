import {
  afterProbe,
  afterRefusal,
  type LaunchReservations,
  launchQuotaSchema,
  noReservations,
  reserveSlots,
} from '#functions/core/launch/quota.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { LaunchQuota } from '#functions/ports/launcher.ts';
import type { Clock } from '#functions/ports/system.ts';
import type { Gate } from '../gate.ts';
import type { ObjectStore } from './object-store.ts';

/** Launch slots by read and CAS, as all processes share them: others may come between the two. */
export function fakeQuota(
  control: ObjectStore,
  gate: Gate,
  clock: Clock,
  { runsPerMinute, maxRunning }: { runsPerMinute: number; maxRunning: number },
): LaunchQuota {
  const update = async <T extends { next: LaunchReservations }>(
    name: string,
    change: (taken: LaunchReservations) => T,
  ): Promise<T> => {
    for (;;) {
      const stored = await gate('quota', 'read', name, () => control.read(name));
      const taken = stored === undefined ? noReservations : parseRecord(launchQuotaSchema, stored.text, name);
      const changed = change(taken);
      if (changed.next === taken) return changed;
      const text = formatRecord(changed.next);
      const written = await gate('quota', 'write', name, () =>
        stored === undefined ? control.create(name, text) : control.replace(name, text, stored.generation),
      );
      if (typeof written === 'object') return changed;
    }
  };
  return {
    maxRunning,
    reserve: async ({ project, region }, want, before) => {
      const request = { want, perMinute: runsPerMinute, ...(before && { before }) };
      return update(names.quota(project, region), (taken) => reserveSlots(taken, request, clock.now()));
    },
    report: async ({ project, region }, slot, answer) => {
      await update(names.quota(project, region), (taken) => ({
        next: answer === 'refused' ? afterRefusal(taken, slot, clock.now()) : afterProbe(taken, clock.now()),
      }));
    },
  };
}
