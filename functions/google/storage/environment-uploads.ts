import { pipeline } from 'node:stream/promises';
import type { Storage } from '@google-cloud/storage';
import type { EnvironmentUpload, EnvironmentUploads } from '../../ports/environments.ts';
import { httpStatus } from './errors.ts';
import { storageRetries, withRetries } from './retry.ts';

/**
 * Streams an environment into a new object by resumable upload, in bounded memory.
 *
 * It sets no contentEncoding, because Cloud Storage would decompress the object in flight and no digest could match.
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
      // The server checks the MD5 before it creates the object. The client's check comes later and would delete the object.
      validation: false,
      gzip: false,
      metadata: { contentType, md5Hash: md5 },
    });
  await pipeline(read(), target);
}

/** When the client gives up its own retries, only the message has the status or code. */
const GAVE_UP = /^Retry .* exceeded - .*?(?:status|code): (\w+)/s;

/**
 * Returns an Error with the code that `isTransient` reads. The client may reject with the bare JSON of a response.
 *
 * Attack: the session id of an upload grants write access, so it is removed from the message.
 */
function asError(thrown: unknown): Error {
  const { code, message } = thrown as { code?: unknown; message?: unknown };
  const text = String(message).replace(/upload_id=[\w-]+/g, 'upload_id=…');
  if (thrown instanceof Error && text === thrown.message && !GAVE_UP.test(text)) return thrown;
  return Object.assign(new Error(`the upload failed: ${text}`), { code: GAVE_UP.exec(text)?.[1] ?? code });
}
