import type { LaunchSlot, Reservation } from '../core/launch-times.ts';
import type { ProjectRegion } from '../core/tenant.ts';

/** Launch slots that all processes share. */
export type LaunchQuota = {
  /** Executions that may run at the same time in a project and region. */
  maxRunning: number;
  /** @param before the caller can use no slot from then on. */
  reserve(where: ProjectRegion, want: number, before?: Date): Promise<Omit<Reservation, 'next'>>;
  /** Says what Cloud Run answered at a slot: `refused` pauses the location, an `accepted` probe opens it. */
  report(where: ProjectRegion, slot: LaunchSlot, answer: 'accepted' | 'refused'): Promise<void>;
};
