import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteSink, type Source, StorageError } from '../../ports/sandbox.ts';
import { YieldTimer } from './yield-to-event-loop.ts';

/** Fits into a processor's second-level cache; with twice the size, reading takes 4 times as long. */
const BUFFER_BYTES = 256 * 1024;

/** An environment in a local file. Attack: its bytes are copied, so that a later change cannot reach the unpacking. */
export function fileSource(path: string): Source {
  return {
    stat: async () => withFile(path, (descriptor) => statOf(descriptor, path)),
    read: async (_stat, { start }, sink) => withFile(path, (descriptor) => readAll(descriptor, start, sink)),
  };
}

function statOf(descriptor: number, path: string) {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new StorageError('missing', `${path} is not a regular file`);
  return { generation: null, bytes: stat.size, contentEncoding: null };
}

async function readAll(descriptor: number, start: number, sink: ByteSink): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  sink.begin(start);
  let position = start;
  const timer = new YieldTimer();
  for (;;) {
    const count = readSync(descriptor, buffer, 0, buffer.length, position);
    if (count === 0) return;
    sink.take(buffer.subarray(0, count));
    position += count;
    if (timer.isDue) await timer.yield();
  }
}

async function withFile<T>(path: string, use: (descriptor: number) => T | Promise<T>): Promise<T> {
  const descriptor = open(path);
  try {
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    // O_NONBLOCK, because a FIFO without a writer would block, and with it the signal handlers.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw new StorageError('missing', `${path} cannot be read: ${(error as Error).message}`, error);
  }
}
