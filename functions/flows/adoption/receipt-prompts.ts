import { topics } from '../../core/messages/topics.ts';
import { PROMPT_INTERVAL_MS } from '../../core/rollout/prompted-start.ts';
import type { Clock, Messages } from '../../ports/system.ts';

type Window = { until: number; isWaiting: boolean };

/**
 * Requests reconciles for recorded receipts, at most one per runtime every 2 s from one process.
 *
 * The first request of an interval is published at once; all others share one at its end.
 */
export class ReceiptPrompts {
  readonly #deps: { messages: Messages; clock: Clock };
  readonly #windows = new Map<string, Window>();

  constructor(deps: { messages: Messages; clock: Clock }) {
    this.#deps = deps;
  }

  /**
   * Resolves when the request is published, or when an earlier call that still waits will publish it.
   *
   * The handler awaits it, because a function has no CPU after its response.
   */
  async ask(runtime: string): Promise<void> {
    const now = this.#deps.clock.now().getTime();
    const window = this.#windows.get(runtime);
    if (window?.isWaiting) return;
    if (window !== undefined && now < window.until) {
      window.isWaiting = true;
      await this.#deps.clock.sleep(window.until - now);
    }
    this.#windows.set(runtime, { until: this.#deps.clock.now().getTime() + PROMPT_INTERVAL_MS, isWaiting: false });
    await this.#deps.messages.publish(topics.fleetRecheck, { runtime, relaunch: false, prompted: true });
  }
}
