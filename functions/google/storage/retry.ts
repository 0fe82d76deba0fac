import pRetry from 'p-retry';
import { isTransient } from './errors.ts';

export type RetryPolicy = {
  retries: number;
  firstDelayMs: number;
  maxDelayMs: number;
  /** An attempt that takes longer counts as a broken connection; absent: none does. */
  timeoutMs?: number;
};

export const storageRetries: RetryPolicy = { retries: 6, firstDelayMs: 100, maxDelayMs: 5_000 };

/** A page of a list or a small object is here by then, or its connection hangs and would hold up a reconcile. */
const RECORD_TIMEOUT_MS = 20_000;

/** Calls again what failed transiently, with exponential backoff and jitter; `attempt` counts from 1. */
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

/** For a call that answers a page of a list or a small object. */
export function withRecordRetries<T>(call: (attempt: number) => Promise<T>): Promise<T> {
  return withRetries(call, { ...storageRetries, timeoutMs: RECORD_TIMEOUT_MS });
}

/** What an abandoned attempt asked for may be done all the same, as after a lost answer. */
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
