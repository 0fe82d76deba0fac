import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { File, Storage } from '@google-cloud/storage';
import { type Digest, digestOfHex } from '../../core/values/digest.ts';
import type { ObjectLocation } from '../../core/values/gs-url.ts';
import type { Environments } from '../../ports/environments.ts';
import { httpStatus } from './errors.ts';
import { withRetries } from './retry.ts';

/** Reads metadata and digest of environment tars. */
export function storageEnvironments(storage: Storage): Environments {
  const file = ({ bucket, object }: ObjectLocation, generation?: string): File =>
    storage.bucket(bucket).file(object, generation === undefined ? {} : { generation });
  return {
    stat: (location) =>
      withRetries(async () => {
        try {
          const [{ generation, size, contentEncoding }] = await file(location).getMetadata();
          return { generation: String(generation), bytes: Number(size), contentEncoding: contentEncoding || null };
        } catch (error) {
          if (httpStatus(error) === 404) return undefined;
          throw error;
        }
      }),
    hash: (location, generation, maxBytes) =>
      withRetries(() => hashStream(file(location, generation).createReadStream({ decompress: false }), maxBytes)),
  };
}

/** Counts the bytes that arrive, because headers can lie. */
async function hashStream(stream: Readable, maxBytes: number): Promise<Digest> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new Error(`the object has more than ${maxBytes} bytes`);
    hash.update(chunk as Buffer);
  }
  return digestOfHex(hash.digest('hex'));
}
