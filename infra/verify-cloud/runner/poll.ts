import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `probe` until it has a value. @throws the signal's reason */
export async function poll<T>(
  { pollMs, signal }: { pollMs: number; signal: AbortSignal },
  probe: () => Promise<T | undefined>,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    const value = await probe();
    if (value !== undefined) return value;
    await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
