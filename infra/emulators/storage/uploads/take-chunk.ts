import type { BlobWriter } from '../blobs/blobs.ts';
import { invalid } from '../errors.ts';
import type { RunningHashes } from '../values/checksums.ts';
import type { UploadRange } from '../values/ranges.ts';

/** What is kept of a chunk that is not the last comes in multiples of this, as in Cloud Storage. */
const UPLOAD_GRANULARITY = 256 * 1024;

type Sink = { writer: BlobWriter; hashes: RunningHashes };

/**
 * Adds a request's body to what the session has. Bytes that are already there are skipped; a gap is refused with 400. What
 * arrived before a connection broke is kept, for the client to continue from. True: these were the last bytes.
 */
export async function takeChunk(
  body: AsyncIterable<Buffer>,
  range: UploadRange,
  total: number | undefined,
  sink: Sink,
): Promise<boolean> {
  const { first = 0, last } = range;
  const { size } = sink.writer;
  if (first > size) throw invalid(gap(first, size));
  const isFinal = last === undefined || last + 1 === total;
  const keepUntil = isFinal
    ? Number.POSITIVE_INFINITY
    : Math.max(size, Math.floor((last + 1) / UPLOAD_GRANULARITY) * UPLOAD_GRANULARITY);
  let complete = false;
  try {
    const end = await pour(body, first, keepUntil, sink);
    if (last !== undefined && end !== last + 1) throw invalid(shortBody(range, end));
    complete = isFinal;
  } finally {
    if (!complete) await sink.writer.flush();
  }
  return complete;
}

async function pour(body: AsyncIterable<Buffer>, first: number, keepUntil: number, sink: Sink): Promise<number> {
  let position = first;
  for await (const bytes of body) {
    const kept = bytes.subarray(Math.max(0, sink.writer.size - position), Math.max(0, keepUntil - position));
    position += bytes.length;
    if (kept.length === 0) continue;
    sink.hashes.update(kept);
    await sink.writer.write(kept);
  }
  return position;
}

function shortBody({ first, last }: UploadRange, end: number): string {
  return `Content-Range promised the bytes ${first} to ${last}, the body ended before byte ${end}.`;
}

function gap(first: number, size: number): string {
  return (
    `Invalid request. According to the Content-Range header, the upload offset is ${first} byte(s), ` +
    `which exceeds already uploaded size of ${size} byte(s).`
  );
}
