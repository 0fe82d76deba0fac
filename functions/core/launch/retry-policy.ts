import { backoff } from '../values/retry.ts';

/** How often and after which pauses a tenant is launched again. */
export type RetryPolicy = {
  /** Launches of one revision for one tenant, including the first. */
  maxAttempts: number;
  firstDelaySeconds: number;
  maxDelaySeconds: number;
  /** Lifetime of a claim: its owner calls `jobs.run` within this time. */
  claimSeconds: number;
  /** After a claim's end, its unrecorded execution may take this long to appear. */
  claimMarginSeconds: number;
};

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 5,
  firstDelaySeconds: 10,
  maxDelaySeconds: 600,
  claimSeconds: 30,
  claimMarginSeconds: 30,
};

/** What a verdict depends on besides records and evidence. */
export type EvaluationContext = { policy: RetryPolicy; now: Date };

/** The time of the next attempt: after attempt 1 the first delay, then twice as long each time. */
export function nextRetryAt(attempts: number, { policy, now }: EvaluationContext): string {
  const seconds = backoff(attempts, { first: policy.firstDelaySeconds, longest: policy.maxDelaySeconds });
  return new Date(now.getTime() + seconds * 1000).toISOString();
}
