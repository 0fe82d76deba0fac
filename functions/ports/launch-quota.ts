import type { Reservation } from '../core/launch-times.ts';
import type { ProjectRegion } from '../core/tenant.ts';

/** Launch times that all processes share. */
export type LaunchQuota = {
  /** Executions that may run at the same time in a project and region. */
  maxRunning: number;
  reserve(where: ProjectRegion, want: number, now: Date): Promise<Omit<Reservation, 'next'>>;
};
