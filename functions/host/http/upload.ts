import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isTransientStatus } from '../../core/values/retry.ts';
import { type ResultsArchive, type ResultsUpload, StorageError } from '../../ports/sandbox.ts';
import { show } from './get.ts';
import { counted, PACE, type Pace, StallWatch } from './stall-watch.ts';

const SILENCE_MS = 30_000;

/** PUTs an archive to a (signed) URL. It follows no redirects, because a signature is valid for one URL. */
export function httpUpload(url: string, pace = PACE): ResultsUpload {
  return {
    put: async (archive) => {
      const { statusCode = 0 } = await put(new URL(url), archive, pace);
      if (statusCode >= 200 && statusCode < 300) return 'created';
      const kind = isTransientStatus(statusCode) ? 'unavailable' : 'refused';
      throw new StorageError(kind, `${show(url)} answered HTTP ${statusCode}`);
    },
  };
}

async function put(url: URL, archive: ResultsArchive, pace: Pace): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const headers = { 'content-type': 'application/gzip', 'content-length': archive.bytes };
  const call = request(url, { method: 'PUT', headers, agent: false });
  call.setTimeout(SILENCE_MS, () => call.destroy(new Error(`no byte for ${SILENCE_MS / 1000} s`)));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.once('error', reject);
  });
  const watch = new StallWatch((error) => call.destroy(error), pace);
  // A server may refuse and close early. Its response is reported, not the broken pipe.
  pipeline(Readable.from(counted(archive, watch)), call).catch(() => undefined);
  try {
    const response = await answered;
    response.resume();
    return response;
  } catch (error) {
    throw new StorageError('unavailable', `${show(url.href)}: ${(error as Error).message}`, error);
  } finally {
    watch.stop();
  }
}
