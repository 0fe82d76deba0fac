import type { Reservation } from '../core/launch-times.ts';
import type { ProjectRegion } from '../core/tenant.ts';

/** Launch times that all processes share. */
export type LaunchQuota = {
  reserve(where: ProjectRegion, want: number, now: Date): Promise<Omit<Reservation, 'next'>>;
};
