import type { Blobs } from '../blobs/blobs.ts';
import type { BlobRef, Hashes } from '../model/records.ts';
import { checkHashes, type Expected, RunningHashes } from '../values/checksums.ts';

export type StoredBody = { blob: BlobRef; hashes: Hashes };

/** Stores a whole body or nothing: a body that breaks off or does not hash to `expected` leaves no blob. */
export async function storeBody(
  blobs: Blobs,
  body: AsyncIterable<Buffer>,
  expected: () => Expected,
): Promise<StoredBody> {
  const writer = blobs.writer();
  const running = new RunningHashes();
  try {
    for await (const bytes of body) {
      running.update(bytes);
      await writer.write(bytes);
    }
    const hashes = running.digest();
    checkHashes(expected(), hashes);
    return { blob: await writer.commit(), hashes };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}
