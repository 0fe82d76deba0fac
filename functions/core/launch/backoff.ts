/** How often and how soon a tenant's launch is tried again. */
export type RetryPolicy = {
  /** Launches of one revision for one tenant, the first included. */
  maxAttempts: number;
  firstDelaySeconds: number;
  maxDelaySeconds: number;
  /** `jobs.run` is called for a claim for this long at most. */
  claimSeconds: number;
  /** How long after a claim's end an unrecorded execution of it is still expected to appear. */
  claimMarginSeconds: number;
};

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 5,
  firstDelaySeconds: 10,
  maxDelaySeconds: 600,
  claimSeconds: 30,
  claimMarginSeconds: 30,
};

/** When the next attempt is due after this many: 1 → the first delay, then twice as long each time. */
export function nextRetryAt(policy: RetryPolicy, attempts: number, now: Date): Date {
  const seconds = Math.min(policy.firstDelaySeconds * 2 ** Math.max(0, attempts - 1), policy.maxDelaySeconds);
  return new Date(now.getTime() + seconds * 1000);
}
