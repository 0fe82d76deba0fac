/**
 * The longest time that Pincast takes from a user: 7 days, Cloud Run's longest task timeout. A timer of Node fires at once
 * where it is given more than 24 days, and a date cannot hold every number.
 */
export const MAX_SECONDS = 604_800;

/** The fan-out reads the whole object before it records a promotion: gigabytes take minutes. */
export const RECORD_SECONDS = 300;
/** What the workloads may take where no timeout is given. */
const WORKLOAD_SECONDS = 600;

/** Seconds that suffice to record a promotion, to launch so many tenants of one location at its quota, and to run them. */
export function rolloutSeconds(tenants: number, runsPerMinute: number): number {
  return Math.min(MAX_SECONDS, RECORD_SECONDS + Math.ceil((tenants * 60) / runsPerMinute) + WORKLOAD_SECONDS);
}
