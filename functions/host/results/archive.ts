import { closeSync, constants, existsSync, fstatSync, mkdtempSync, openSync, readSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { endOfArchive, entryHeader, paddingOf, type WrittenEntry } from '../../core/sandbox/archive/tar/writer.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import { RESULTS_RECEIPT } from '../../core/sandbox/receipts.ts';
import type { ResultsArchive } from '../../ports/sandbox.ts';
import { UnlinkedFile } from '../files/unlinked-file.ts';
import type { WorkloadAccount } from '../process/workload-account.ts';
import { readResultsDirectory } from './directory.ts';

const CHUNK_BYTES = 256 * 1024;

/** Makes the directory for the workload's results. @throws SandboxError WORK_DIR_UNUSABLE */
export function prepareResultsDirectory(directory: string, account: WorkloadAccount): void {
  try {
    account.makeDirectory(directory);
  } catch (error) {
    throw new SandboxError(
      'WORK_DIR_UNUSABLE',
      `cannot make the results directory: ${(error as Error).message}`,
      {},
      error,
    );
  }
}

/**
 * Packs the results directory as a `.tar.gz` into an unlinked file. The first entry is the receipt of the run.
 *
 * @throws SandboxError RESULTS_REFUSED
 */
export async function archiveResults(directory: string, receipt: string, workDir: string): Promise<ResultsArchive> {
  try {
    return await pack(directory, receipt, workDir);
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    const { message, code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new SandboxError('RESULTS_REFUSED', `the results cannot be archived: ${message}`, { errno: code }, error);
  }
}

async function pack(directory: string, receipt: string, workDir: string): Promise<ResultsArchive> {
  const entries = existsSync(directory) ? readResultsDirectory(directory) : [];
  const file = createUnlinkedFile(workDir);
  try {
    await pipeline(packed(directory, entries, receipt), createGzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) file.append(chunk);
    });
  } catch (error) {
    file.close();
    throw error;
  }
  return { bytes: file.length, chunks: () => chunksOf(file), close: () => file.close() };
}

function createUnlinkedFile(workDir: string): UnlinkedFile {
  const directory = mkdtempSync(join(workDir, '.pincast-results-'));
  try {
    return new UnlinkedFile(join(directory, 'archive'));
  } finally {
    rmdirSync(directory);
  }
}

function* packed(directory: string, entries: readonly WrittenEntry[], receipt: string): Generator<Buffer> {
  const body = Buffer.from(receipt);
  const mtime = Date.parse(JSON.parse(receipt).writtenAt) / 1_000;
  yield entryHeader({ name: RESULTS_RECEIPT, type: 'file', size: body.length, mode: 0o644, mtime, target: '' });
  yield body;
  yield paddingOf(body.length);
  for (const entry of entries) {
    yield entryHeader(entry);
    if (entry.type !== 'file') continue;
    yield* contentOf(join(directory, entry.name), entry);
    yield paddingOf(entry.size);
  }
  yield endOfArchive;
}

/** Exactly the bytes that the header announced; a file that changed meanwhile is refused. */
function* contentOf(path: string, { name, size }: WrittenEntry): Generator<Buffer> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw changed(name);
    for (let left = size; left > 0; ) {
      const chunk = Buffer.allocUnsafe(Math.min(left, CHUNK_BYTES));
      const count = readSync(descriptor, chunk, 0, chunk.length, null);
      if (count === 0) throw changed(name);
      yield chunk.subarray(0, count);
      left -= count;
    }
  } finally {
    closeSync(descriptor);
  }
}

function changed(entry: string): SandboxError {
  const message = `a result changed while it was archived: ${JSON.stringify(entry)}`;
  return new SandboxError('RESULTS_REFUSED', message, { entry });
}

async function* chunksOf(file: UnlinkedFile): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < file.length; ) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const count = file.read(chunk, position);
    if (count === 0) return;
    yield chunk.subarray(0, count);
    position += count;
  }
}
