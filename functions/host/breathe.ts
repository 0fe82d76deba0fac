import { setImmediate } from 'node:timers/promises';

/** After so many pieces of half a MiB: some 30 ms of blocking calls. */
export const BREATHE_EVERY = 64;

/**
 * Lets the process notice what has happened meanwhile, a signal above all, between blocking calls.
 *
 * @throws the signal's reason where it is aborted
 */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
}
