import { milliseconds, type RetryPolicy, type Subscription } from '../resources/resources.ts';

/** Google's defaults for unset fields of a retry policy. */
const POLICY_DEFAULT = { minimum: 10_000, maximum: 600_000 };
/** Backoff of a push subscription without a retry policy. */
const PUSH_DEFAULT = { minimum: 100, maximum: 60_000 };

function range(policy: RetryPolicy): { minimum: number; maximum: number } {
  return {
    minimum: policy.minimumBackoff ? milliseconds(policy.minimumBackoff) : POLICY_DEFAULT.minimum,
    maximum: policy.maximumBackoff ? milliseconds(policy.maximumBackoff) : POLICY_DEFAULT.maximum,
  };
}

/**
 * How long a message waits after its n-th failure, in milliseconds: exponential between the retry policy's bounds.
 * Without a policy a pulled message is available again at once, and a pushed one backs off from 100 ms to 60 s.
 */
export function redeliveryDelay(
  subscription: Pick<Subscription, 'retryPolicy' | 'pushConfig'>,
  failures: number,
): number {
  const { retryPolicy, pushConfig } = subscription;
  if (!retryPolicy && pushConfig.pushEndpoint === '') return 0;
  const { minimum, maximum } = retryPolicy ? range(retryPolicy) : PUSH_DEFAULT;
  return Math.min(maximum, minimum * 2 ** Math.min(failures - 1, 30));
}
