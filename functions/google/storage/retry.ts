import pRetry from 'p-retry';
import { isTransient } from './errors.ts';

export type BackoffPolicy = {
  retries: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** A longer attempt counts as a broken connection; absent: attempts have no timeout. */
  timeoutMs?: number;
};

export const storageRetries: BackoffPolicy = { retries: 6, firstDelayMs: 100, maxDelayMs: 5_000 };

/** For list pages and small objects: no answer within 20 s means a hanging connection, and another one may work. */
export const recordRetries: BackoffPolicy & { timeoutMs: number } = { ...storageRetries, timeoutMs: 20_000 };

/** Retries transient errors with exponential backoff and jitter; `attempt` counts from 1. */
export function withRetries<T>(call: (attempt: number) => Promise<T>, policy = storageRetries): Promise<T> {
  return pRetry(
    (attempt) => (policy.timeoutMs === undefined ? call(attempt) : inTime(call(attempt), policy.timeoutMs)),
    {
      retries: policy.retries,
      minTimeout: policy.firstDelayMs,
      maxTimeout: policy.maxDelayMs,
      randomize: true,
      shouldRetry: ({ error }) => isTransient(error),
    },
  );
}

export function withRecordRetries<T>(call: (attempt: number) => Promise<T>): Promise<T> {
  return withRetries(call, recordRetries);
}

/** Rejects with ETIMEDOUT after the timeout. The server may still carry out the call, as after a lost response. */
export async function inTime<T>(attempt: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const expire = () => reject(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    timer = setTimeout(expire, timeoutMs);
  });
  try {
    return await Promise.race([attempt, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
