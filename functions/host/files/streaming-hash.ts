import { Worker } from 'node:worker_threads';

/**
 * Runs in a thread of its own: hashes a file from its first byte up to where it is told the file has come. `told[0]` is
 * twice that length, plus 1 when nothing more will come: one number, so that no change of it can be missed.
 *
 * A text, because a bundle is one file; what it is given (a descriptor, shared memory) arrives as data.
 */
const THREAD = `
  const { createHash } = require('node:crypto');
  const { readSync } = require('node:fs');
  const { parentPort, workerData: { descriptor, shared } } = require('node:worker_threads');
  const told = new BigInt64Array(shared);
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const hash = createHash('sha256');
  for (let position = 0; ; ) {
    const now = Atomics.load(told, 0);
    const end = Number(now / 2n);
    if (position < end) {
      const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position);
      if (count === 0) throw new Error('the file is shorter than what was written to it');
      hash.update(buffer.subarray(0, count));
      position += count;
    } else if (now % 2n === 1n) break;
    else Atomics.wait(told, 0, now);
  }
  parentPort.postMessage(hash.digest('hex'));
`;

const FINISHED = 1n;
const WAKE_EVERY_BYTES = 1024 * 1024;

/** SHA-256 of a file while it is still being written: hashing costs as much as receiving, so it has its own thread. */
export class StreamingHash {
  readonly #told = new BigInt64Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  readonly #result: Promise<string>;
  #wokenAt = 0;

  constructor(descriptor: number) {
    this.#worker = new Worker(THREAD, { eval: true, workerData: { descriptor, shared: this.#told.buffer } });
    this.#result = new Promise((resolve, reject) => {
      this.#worker.once('message', resolve);
      this.#worker.once('error', reject);
      this.#worker.once('exit', () => reject(new Error('the hash was stopped')));
    });
    this.#result.catch(() => undefined);
  }

  /** So many bytes lie in the file now. The thread is woken once a MiB: a wake-up costs more than 100 KiB of hashing. */
  advance(length: number): void {
    Atomics.store(this.#told, 0, BigInt(length) * 2n);
    if (length - this.#wokenAt < WAKE_EVERY_BYTES) return;
    this.#wokenAt = length;
    Atomics.notify(this.#told, 0);
  }

  /** The hex digits of the whole file's hash. */
  finish(length: number): Promise<string> {
    this.#tell(BigInt(length) * 2n + FINISHED);
    return this.#result;
  }

  /** Before the descriptor is closed: its number may soon be another file's. */
  stop(): void {
    this.#tell(FINISHED);
    this.#worker.terminate();
  }

  #tell(value: bigint): void {
    Atomics.store(this.#told, 0, value);
    Atomics.notify(this.#told, 0);
  }
}
