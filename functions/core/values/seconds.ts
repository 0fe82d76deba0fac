/**
 * The longest time that a user may give: 7 days, Cloud Run's longest task timeout. A Node timer of more than 24 days fires
 * at once, and a `Date` overflows.
 */
export const MAX_SECONDS = 604_800;

/** Time to record a promotion: the fan-out first hashes the whole object, and gigabytes take minutes. */
export const RECORD_SECONDS = 300;
/** Time for the workloads when no timeout is given. */
const WORKLOAD_SECONDS = 600;

/** Default timeout of a rollout: recording, launches of one location at its quota, and the workloads. */
export function rolloutSeconds(tenants: number, runsPerMinute: number): number {
  return Math.min(MAX_SECONDS, RECORD_SECONDS + Math.ceil((tenants * 60) / runsPerMinute) + WORKLOAD_SECONDS);
}
