import { pipeline } from 'node:stream/promises';
import type { Storage } from '@google-cloud/storage';
import type { EnvironmentUploads, Upload } from '../ports/environment-uploads.ts';
import { httpStatus } from './transient.ts';
import { withRetries } from './with-retries.ts';

/**
 * Streams an environment into a new object, resumable and in bounded memory. It gets no contentEncoding: Cloud Storage
 * would decompress it in flight, and no digest could match.
 */
export function storageEnvironmentUploads(storage: Storage): EnvironmentUploads {
  return {
    create: (upload) =>
      withRetries(async () => {
        try {
          await write(storage, upload);
          return 'created';
        } catch (error) {
          if (httpStatus(error) === 412) return 'exists';
          throw error;
        }
      }),
  };
}

async function write(storage: Storage, { location, contentType, md5, read }: Upload): Promise<void> {
  const target = storage
    .bucket(location.bucket)
    .file(location.object)
    .createWriteStream({
      preconditionOpts: { ifGenerationMatch: 0 },
      // The server compares the MD5 before the object exists; the client's own check would come after, and delete it.
      validation: false,
      gzip: false,
      metadata: { contentType, md5Hash: md5 },
    });
  await pipeline(read(), target);
}
