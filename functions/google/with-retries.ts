import pRetry from 'p-retry';
import { isTransient } from './transient.ts';

export type RetryPolicy = { retries: number; firstDelayMs: number; maxDelayMs: number };

export const storageRetries: RetryPolicy = { retries: 6, firstDelayMs: 100, maxDelayMs: 5_000 };

/** Calls again what failed transiently, with exponential backoff and jitter; `attempt` counts from 1. */
export function withRetries<T>(call: (attempt: number) => Promise<T>, policy = storageRetries): Promise<T> {
  return pRetry(call, {
    retries: policy.retries,
    minTimeout: policy.firstDelayMs,
    maxTimeout: policy.maxDelayMs,
    randomize: true,
    shouldRetry: ({ error }) => isTransient(error),
  });
}
