import { closeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { TarEntry } from '../../core/sandbox/archive/tar/entry.ts';

/** Files that wait for the thread, each an open descriptor; a process usually may have 1,024. */
const CAPACITY = 64;
/** A wake-up costs more than copying a small file. */
const WAKE_EVERY = 16;

/** Indices of the shared counters. */
const OFFERED = 0;
const COPIED = 1;
const STOPPED = 2;

/**
 * The worker thread. `OFFERED` is twice the number of files, plus 1 after the last: one number, so that `Atomics.wait` sees every
 * change. It closes a file after counting it as copied; the other thread closes the files that do not count.
 *
 * The source is a string, because a bundle is one file; descriptor and shared memory arrive as `workerData`.
 */
const THREAD = `
  const { closeSync, futimesSync, readSync, writeSync } = require('node:fs');
  const { parentPort, workerData: { descriptor, jobs, counters } } = require('node:worker_threads');
  const buffer = Buffer.allocUnsafeSlow(256 * 1024);
  const isStopped = () => Atomics.load(counters, ${STOPPED}) === 1;

  function hasNext(index) {
    for (;;) {
      const offered = Atomics.load(counters, ${OFFERED});
      if (isStopped()) return false;
      if (index < offered >> 1) return true;
      if (offered % 2 === 1) return false;
      Atomics.wait(counters, ${OFFERED}, offered);
    }
  }

  function copy(file, start, end) {
    for (let position = start; position < end && !isStopped(); ) {
      const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, end - position), position);
      if (count === 0) return;
      for (let at = 0; at < count; ) at += writeSync(file, buffer, at, count - at);
      position += count;
    }
  }

  function copyAll() {
    for (let index = 0; hasNext(index); index++) {
      const [file, start, size, mtime] = jobs.subarray((index % ${CAPACITY}) * 4);
      copy(file, start, start + size);
      futimesSync(file, mtime, mtime);
      Atomics.store(counters, ${COPIED}, index + 1);
      closeSync(file);
    }
  }

  try {
    copyAll();
  } catch ({ code, message }) {
    parentPort.postMessage({ code, message });
  }
`;

/** An error of the operating system; without a code the thread itself failed. */
type Failure = { code?: string; message: string };

/** A file's content could not be copied. */
export class CopyError extends Error {
  readonly code: string | undefined;
  readonly entry: TarEntry | undefined;

  constructor({ code, message }: Failure, entry: TarEntry | undefined) {
    super(message);
    this.code = code;
    this.entry = entry;
  }
}

/**
 * Copies content from an archive into new files on a thread of its own, while the caller creates further files: creating a
 * small file takes as long as filling it. `stop` must follow.
 */
export class CopyThread {
  readonly #jobs = new Float64Array(new SharedArrayBuffer(CAPACITY * 4 * 8));
  readonly #counters = new Int32Array(new SharedArrayBuffer(3 * 4));
  /** The last files, at their index modulo the capacity. */
  readonly #files: { file: number; entry: TarEntry }[] = [];
  readonly #ended: Promise<void>;
  #failure: Failure | undefined;
  #offered = 0;

  /** @param archive the descriptor of a plain tar */
  constructor(archive: number) {
    const workerData = { descriptor: archive, jobs: this.#jobs, counters: this.#counters };
    const worker = new Worker(THREAD, { eval: true, workerData, trackUnmanagedFds: false });
    const fail = (failure: Failure) => {
      this.#failure = failure;
    };
    worker.on('message', fail);
    worker.on('error', fail);
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
  }

  /** Takes over an empty file, and its descriptor. Returns false if enough files wait: the caller then fills it. */
  offer(file: number, entry: TarEntry): boolean {
    if (this.#waiting >= CAPACITY) return false;
    const index = this.#offered % CAPACITY;
    this.#files[index] = { file, entry };
    this.#jobs.set([file, entry.start, entry.size, entry.mtime], index * 4);
    this.#offered++;
    Atomics.store(this.#counters, OFFERED, this.#offered * 2);
    if (this.#offered % WAKE_EVERY === 0) Atomics.notify(this.#counters, OFFERED);
    return true;
  }

  /** Waits until every file is copied and closed. @throws CopyError; the signal's reason if it is aborted */
  async finish(signal?: AbortSignal): Promise<void> {
    const stop = () => Atomics.store(this.#counters, STOPPED, 1);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
    await this.#end();
    signal?.removeEventListener('abort', stop);
    signal?.throwIfAborted();
    if (this.#waiting === 0 && this.#failure === undefined) return;
    const entry = this.#waiting > 0 ? this.#files[this.#copied % CAPACITY]?.entry : undefined;
    throw new CopyError(this.#failure ?? { message: 'the copying thread ended' }, entry);
  }

  /** Ends the thread and closes the files that it has not copied. Idempotent. */
  async stop(): Promise<void> {
    Atomics.store(this.#counters, STOPPED, 1);
    await this.#end();
    for (; this.#waiting > 0; this.#offered--) closeSync(this.#files[(this.#offered - 1) % CAPACITY]?.file as number);
  }

  get #copied(): number {
    return Atomics.load(this.#counters, COPIED);
  }

  get #waiting(): number {
    return this.#offered - this.#copied;
  }

  async #end(): Promise<void> {
    Atomics.store(this.#counters, OFFERED, this.#offered * 2 + 1);
    Atomics.notify(this.#counters, OFFERED);
    await this.#ended;
  }
}
