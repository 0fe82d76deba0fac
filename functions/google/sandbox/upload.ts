import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Storage } from '@google-cloud/storage';
import type { ObjectLocation } from '../../core/values/gs-url.ts';
import { counted, StallWatch } from '../../host/http/stall-watch.ts';
import type { ResultsUpload } from '../../ports/sandbox.ts';
import { httpStatus } from '../storage/errors.ts';
import { toStorageError } from './errors.ts';

/** Creates the object for results. `presumed`: an attempt with a lost answer may have created it. */
export function objectUpload(storage: Storage, { bucket, object }: ObjectLocation): ResultsUpload {
  const file = storage.bucket(bucket).file(object);
  let lost = false;
  return {
    put: async (archive) => {
      const stream = file.createWriteStream({
        resumable: false,
        validation: false,
        preconditionOpts: { ifGenerationMatch: 0 },
        metadata: { contentType: 'application/gzip' },
      });
      const watch = new StallWatch((error) => stream.destroy(error));
      try {
        await pipeline(Readable.from(counted(archive, watch)), stream);
        return 'created';
      } catch (error) {
        if (httpStatus(error) === 412) return lost ? 'presumed' : 'taken';
        lost ||= httpStatus(error) !== 429;
        throw toStorageError(error, `gs://${bucket}/${object}`);
      } finally {
        watch.stop();
      }
    },
  };
}
