import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from './notifications.ts';

const BATCH = 200;
const TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;

/**
 * Publishes in the background, one queue a topic, in order. A message leaves its queue only when the topic has it: a Pub/Sub
 * server that is away, or a topic that does not exist yet, delays messages and loses none while this process lives.
 */
export class Publisher {
  readonly #endpoint: () => string;
  readonly #queues = new Map<string, Message[]>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(endpoint: () => string) {
    this.#endpoint = endpoint;
  }

  publish(topic: string, message: Message): void {
    const queue = this.#queues.get(topic);
    if (queue) {
      queue.push(message);
      return;
    }
    const fresh = [message];
    this.#queues.set(topic, fresh);
    const run = this.#drain(topic, fresh).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Ends the attempts; what is still queued is lost with the process. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #drain(topic: string, queue: Message[]): Promise<void> {
    let wait = FIRST_WAIT_MS;
    while (queue.length > 0 && !this.#stop.signal.aborted) {
      const batch = queue.slice(0, BATCH);
      if (await this.#send(topic, batch)) {
        queue.splice(0, batch.length);
        wait = FIRST_WAIT_MS;
      } else {
        await sleep(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    }
    this.#queues.delete(topic);
  }

  /** False for every failure: none of them is a reason to drop a message. */
  async #send(topic: string, messages: Message[]): Promise<boolean> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const headers = { 'Content-Type': 'application/json' };
    try {
      const url = `http://${this.#endpoint()}/v1/${topic}:publish`;
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ messages }), signal });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}
