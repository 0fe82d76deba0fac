import { setImmediate } from 'node:timers/promises';

/** The longest delay of a signal by blocking calls. */
const YIELD_EVERY_MS = 20;

/**
 * Yields to the event loop, so that signals are handled.
 *
 * @throws the signal's reason if it is aborted
 */
export async function yieldToEventLoop(signal?: AbortSignal): Promise<void> {
  // Twice, because the first may run in an iteration that has already polled for signals.
  await setImmediate();
  await setImmediate();
  signal?.throwIfAborted();
}

/** Shows code between two blocking calls when to yield. */
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
