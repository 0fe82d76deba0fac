import { setImmediate } from 'node:timers/promises';

/** Longer than this, blocking calls would keep a signal waiting. */
const YIELD_EVERY_MS = 20;

/**
 * Yields to the event loop, so that signals are handled.
 *
 * @throws the signal's reason if it is aborted
 */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  // Twice: the first may come in the very turn of the loop that has already asked for signals.
  await setImmediate();
  await setImmediate();
  signal?.throwIfAborted();
}

/** Tells code between two blocking calls when to yield. */
export class YieldTimer {
  #last = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#last > YIELD_EVERY_MS;
  }

  async yield(signal?: AbortSignal): Promise<void> {
    await yieldToEventLoop(signal);
    this.#last = performance.now();
  }
}
