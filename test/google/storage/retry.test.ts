import { describe, expect, it } from 'vitest';
import { type BackoffPolicy, withRetries } from '#functions/google/storage/retry.ts';

const policy: BackoffPolicy = { retries: 2, firstDelayMs: 1, maxDelayMs: 1, timeoutMs: 20 };

function hanging(attempts: number): (attempt: number) => Promise<number> {
  return (attempt) => (attempt <= attempts ? new Promise(() => undefined) : Promise.resolve(attempt));
}

describe('withRetries', () => {
  it('retries an attempt that times out', async () => {
    expect(await withRetries(hanging(2), policy)).toBe(3);
  });

  it('throws a timeout after the last attempt', async () => {
    await expect(withRetries(hanging(3), policy)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('waits for an attempt without a timeout', async () => {
    const slow = () => new Promise<string>((resolve) => setTimeout(() => resolve('late'), 40));
    expect(await withRetries(slow, { retries: 0, firstDelayMs: 1, maxDelayMs: 1 })).toBe('late');
  });

  it('does not retry a permanent error', async () => {
    let calls = 0;
    const refused = () => {
      calls++;
      return Promise.reject(Object.assign(new Error('forbidden'), { code: 403 }));
    };
    await expect(withRetries(refused, policy)).rejects.toMatchObject({ code: 403 });
    expect(calls).toBe(1);
  });
});
