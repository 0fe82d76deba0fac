import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Source, StoreFault } from '../ports/sandbox.ts';

const BUFFER_BYTES = 1024 * 1024;

/** An environment in a file of this machine. Its bytes are copied, so that nobody can change what was compared. */
export function fileSource(path: string): Source {
  return {
    stat: async () => withFile(path, (descriptor) => statOf(descriptor, path)),
    read: async (_stat, start) => ({ start, chunks: bytesOf(path, start) }),
  };
}

function statOf(descriptor: number, path: string) {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new StoreFault('missing', `${path} is no regular file`);
  return { generation: null, bytes: stat.size, contentEncoding: null };
}

/** Each piece lies in the same buffer: it is taken before the next one is asked for. */
async function* bytesOf(path: string, start: number): AsyncGenerator<Uint8Array> {
  const descriptor = open(path);
  try {
    const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
    for (let position = start; ; ) {
      const count = readSync(descriptor, buffer, 0, buffer.length, position);
      if (count === 0) return;
      yield buffer.subarray(0, count);
      position += count;
    }
  } finally {
    closeSync(descriptor);
  }
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  const descriptor = open(path);
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new StoreFault('missing', `${path} cannot be read: ${(error as Error).message}`, error);
  }
}
