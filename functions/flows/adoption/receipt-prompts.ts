import { topics } from '../../core/messages/topics.ts';
import { PROMPT_INTERVAL_MS } from '../../core/rollout/prompted-start.ts';
import type { Clock, Messages } from '../../ports/system.ts';

type Window = { until: number; isWaiting: boolean };

/**
 * Asks for reconciles on behalf of recorded receipts, at most one per runtime every 2 s from one process: the first at once,
 * the rest of an interval by one request at its end.
 */
export class ReceiptPrompts {
  readonly #deps: { messages: Messages; clock: Clock };
  readonly #windows = new Map<string, Window>();

  constructor(deps: { messages: Messages; clock: Clock }) {
    this.#deps = deps;
  }

  /**
   * Resolves when a request is published, or when another call that waits for the interval's end will publish one. The handler
   * awaits it, because a function has no CPU after its answer; that call's delivery fails where its publication fails.
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
