import { Worker } from 'node:worker_threads';

/**
 * The worker thread: hashes a file up to the length in `progress[0]`, which is twice the length, plus 1 at the end. It is one
 * number, so that `Atomics.wait` sees every change.
 *
 * The source is a string, because a bundle is one file; descriptor and shared memory arrive as `workerData`.
 */
const THREAD = `
  const { createHash } = require('node:crypto');
  const { readSync } = require('node:fs');
  const { parentPort, workerData: { descriptor, shared } } = require('node:worker_threads');
  const progress = new BigInt64Array(shared);
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const hash = createHash('sha256');
  for (let position = 0; ; ) {
    const now = Atomics.load(progress, 0);
    const end = Number(now / 2n);
    if (position < end) {
      const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position);
      if (count === 0) throw new Error('the file is shorter than what was written to it');
      hash.update(buffer.subarray(0, count));
      position += count;
    } else if (now % 2n === 1n) break;
    else Atomics.wait(progress, 0, now);
  }
  parentPort.postMessage(hash.digest('hex'));
`;

const FINISHED = 1n;
const WAKE_EVERY_BYTES = 1024 * 1024;

/** SHA-256 of a growing file. It has its own thread, because hashing costs as much as receiving. */
export class StreamingHash {
  readonly #progress = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  readonly #result: Promise<string>;
  #wokenAt = 0;

  constructor(descriptor: number) {
    this.#worker = new Worker(THREAD, { eval: true, workerData: { descriptor, shared: this.#progress.buffer } });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => reject(new Error('the hash was stopped')));
    });
    this.#result.catch(() => undefined);
  }

  /** The file has `length` bytes now. Wakes the thread once per MiB, because a wake-up costs more than hashing 100 KiB. */
  advance(length: number): void {
    Atomics.store(this.#progress, 0, BigInt(length) * 2n);
    if (length - this.#wokenAt < WAKE_EVERY_BYTES) return;
    this.#wokenAt = length;
    Atomics.notify(this.#progress, 0);
  }

  /** The hash of the whole file in hex. */
  finish(length: number): Promise<string> {
    this.#publish(BigInt(length) * 2n + FINISHED);
    return this.#result;
  }

  /** Call it before closing the descriptor, whose number the next open file may get. */
  stop(): void {
    this.#publish(FINISHED);
    this.#worker.terminate();
  }

  #publish(value: bigint): void {
    Atomics.store(this.#progress, 0, value);
    Atomics.notify(this.#progress, 0);
  }
}
