import { randomBytes } from 'node:crypto';
import { isAbsent } from './faults.ts';

/** The start of every name that `verify-cloud` creates. */
export const PREFIX = 'pincast-verify-';

const SETTLE_MS = 60_000;
const DELETE_ATTEMPTS = 3;

type Resource = { name: string; remove: () => Promise<unknown> };

/** What one check creates. Closing deletes it, the newest first. */
export class Scratch {
  readonly #resources: Resource[] = [];
  readonly #creating = new Set<Promise<unknown>>();
  #closed = false;

  /** A new name, `pincast-verify-<8 hex digits>-<suffix>`: a valid id of a job, bucket, topic and account. */
  name(suffix: string): string {
    return `${PREFIX}${randomBytes(4).toString('hex')}-${suffix}`;
  }

  /**
   * Creates a resource that `remove` deletes.
   *
   * The removal is noted before the call, because a call whose answer is lost may have created the resource.
   */
  async create<T>(name: string, create: () => Promise<T>, remove: () => Promise<unknown>): Promise<T> {
    if (this.#closed) throw new Error(`${name} was not created: the check has ended`);
    this.#resources.push({ name, remove });
    const creating = create();
    this.#creating.add(creating);
    try {
      return await creating;
    } finally {
      this.#creating.delete(creating);
    }
  }

  /** Deletes everything, after calls that still create. @returns what could not be deleted, with the reason. */
  async close(): Promise<string[]> {
    this.#closed = true;
    await settled([...this.#creating]);
    const left: string[] = [];
    for (const { name, remove } of this.#resources.splice(0).reverse()) {
      const reason = await removed(remove);
      if (reason !== undefined) left.push(`${name}: ${reason}`);
    }
    return left;
  }
}

async function settled(calls: readonly Promise<unknown>[]): Promise<void> {
  if (calls.length === 0) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const limit = setTimeout(resolve, SETTLE_MS);
  await Promise.race([Promise.allSettled(calls), promise]);
  clearTimeout(limit);
}

/** @returns why it could not be deleted; undefined if it is gone. */
async function removed(remove: () => Promise<unknown>): Promise<string | undefined> {
  let reason = '';
  for (let attempt = 1; attempt <= DELETE_ATTEMPTS; attempt++) {
    try {
      await remove();
      return undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      reason = error instanceof Error ? error.message : String(error);
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt ** 2));
    }
  }
  return reason;
}
