import { pipeline } from 'node:stream/promises';
import type { Storage } from '@google-cloud/storage';
import type { EnvironmentUpload, EnvironmentUploads } from '../../ports/environments.ts';
import { httpStatus } from './errors.ts';
import { storageRetries, withRetries } from './retry.ts';

/**
 * Streams an environment into a new object, resumable and in bounded memory. It gets no contentEncoding: Cloud Storage
 * would decompress it in flight, and no digest could match.
 */
export function storageEnvironmentUploads(storage: Storage, retries = storageRetries): EnvironmentUploads {
  return {
    create: (upload) =>
      withRetries(async () => {
        try {
          await write(storage, upload);
          return 'created';
        } catch (error) {
          if (httpStatus(error) === 412) return 'exists';
          throw asError(error);
        }
      }, retries),
  };
}

async function write(storage: Storage, { location, contentType, md5, read }: EnvironmentUpload): Promise<void> {
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

/** Where the client would have retried itself, what it met stands in the message alone. */
const GAVE_UP = /^Retry .* exceeded - .*?(?:status|code): (\w+)/s;

/**
 * An error that tells whether it was transient, and no secret: who knows an upload's session id can write to it. Where an
 * upload's last request is refused, the client rejects with the bare JSON of the answer.
 */
function asError(thrown: unknown): Error {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const text = String(message).replace(/upload_id=[\w-]+/g, 'upload_id=…');
  if (thrown instanceof Error && text === thrown.message && !GAVE_UP.test(text)) return thrown;
  return Object.assign(new Error(`the upload failed: ${text}`), { code: GAVE_UP.exec(text)?.[1] ?? code });
}
