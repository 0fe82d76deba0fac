import type { File, Storage } from '@google-cloud/storage';
import type { ObjectLocation } from '../../core/values/gs-url.ts';
import { readHttp } from '../../host/http/source.ts';
import {
  type Created,
  type RecordStore,
  type ResultsUpload,
  type Source,
  type SourceStat,
  StorageError,
} from '../../ports/sandbox.ts';
import { storageClient } from '../storage/client.ts';
import { httpStatus } from '../storage/errors.ts';
import { type BackoffPolicy, inTime, recordRetries, withRetries } from '../storage/retry.ts';
import { toStorageError } from './errors.ts';
import { objectUpload } from './upload.ts';

/** A record has hundreds of bytes; a ledger entry with thousands of tenants hundreds of thousands. */
const MAX_RECORD_BODY = 8 * 1024 * 1024;

/** The client neither decodes nor checks the bytes: the sandbox compares the digest of the stored bytes. */
const RAW = { decompress: false, validation: false } as const;

/** Cloud Storage for a sandbox: records, environments as sources, uploads of results. */
export type SandboxStorage = {
  records: RecordStore;
  openObject: (location: ObjectLocation) => Source;
  openUpload: (location: ObjectLocation) => ResultsUpload;
};

/** @param endpoint absent: Cloud Storage itself. */
export function sandboxStorage(endpoint: string | undefined): SandboxStorage {
  // The client prefers this variable to the given endpoint.
  if (endpoint !== undefined) delete process.env.STORAGE_EMULATOR_HOST;
  const storage = storageClient(endpoint);
  return {
    records: recordStore(storage),
    openObject: (location) => objectSource(storage, location),
    openUpload: (location) => objectUpload(storage, location),
  };
}

export function recordStore(storage: Storage, retries = recordRetries): RecordStore {
  return {
    read: (bucket, object) =>
      translateErrors(bucket, object, () => readText(storage.bucket(bucket).file(object), retries)),
    create: (bucket, object, body, metadata) =>
      translateErrors(bucket, object, () => create(storage.bucket(bucket).file(object), body, metadata, retries)),
  };
}

/**
 * An object as a source. It uses its own HTTP connection, because the client's stream allocates a buffer per piece and takes
 * three times as long. On Node 24 the client also ends the process if Cloud Storage answers a streamed read with 503.
 */
export function objectSource(storage: Storage, { bucket, object }: ObjectLocation, retries = recordRetries): Source {
  return {
    stat: () => translateErrors(bucket, object, () => statOf(storage.bucket(bucket).file(object), retries)),
    givesRanges: true,
    read: async ({ generation }, { start, end }, sink) => {
      const name = `gs://${bucket}/${object}`;
      const headers = { ...(await inTime(authorization(storage), retries.timeoutMs)), ...rangeOf(start, end) };
      const url = mediaUrl(storage, { bucket, object }, generation);
      await readHttp({ url, headers, start }, sink).catch((error: unknown) => {
        throw error instanceof StorageError ? new StorageError(error.kind, `${name}: ${error.message}`, error) : error;
      });
    },
  };
}

function rangeOf(start: number, end: number | null): Record<string, string> {
  if (start === 0 && end === null) return {};
  return { range: `bytes=${start}-${end === null ? '' : end - 1}` };
}

/** The JSON API's URL of an object's bytes, at the generation that `stat` returned. */
function mediaUrl(storage: Storage, { bucket, object }: ObjectLocation, generation: string | null): string {
  const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(object)}`;
  const query = new URLSearchParams({ alt: 'media', ...(generation === null ? {} : { generation }) });
  return `${storage.apiEndpoint}${path}?${query}`;
}

/** As in the client, a custom endpoint receives no credentials. On Google Cloud the client has no timeout for a token. */
async function authorization(storage: Storage): Promise<Record<string, string>> {
  if (storage.customEndpoint) return {};
  return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(storage.apiEndpoint)));
}

async function statOf(file: File, retries: BackoffPolicy): Promise<SourceStat> {
  const [metadata] = await withRetries(() => file.getMetadata(), retries);
  const { generation, size, contentEncoding } = metadata;
  return {
    generation: generation === undefined ? null : String(generation),
    bytes: size === undefined ? null : Number(size),
    contentEncoding: contentEncoding || null,
  };
}

async function readText(file: File, retries: BackoffPolicy): Promise<string> {
  const body = await withRetries(async () => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of file.createReadStream(RAW) as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MAX_RECORD_BODY) throw new StorageError('refused', `a record of more than ${MAX_RECORD_BODY} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }, retries);
  return body.toString('utf8');
}

/**
 * Creates an object. `presumed`: an attempt with a lost answer may have created it, so the next one gets 412 (503, then 412).
 * Only this function can tell the two, because a tenant may not read its receipts.
 */
async function create(
  file: File,
  body: string,
  metadata: Readonly<Record<string, string>>,
  retries: BackoffPolicy,
): Promise<Created> {
  let unknown = 0;
  return withRetries(async () => {
    // Counted before the answer, which may never come.
    const unknownBefore = unknown++;
    try {
      await file.save(body, {
        resumable: false,
        validation: false,
        preconditionOpts: { ifGenerationMatch: 0 },
        metadata: { contentType: 'application/json', metadata: { ...metadata } },
      });
      return 'created';
    } catch (error) {
      if (httpStatus(error) === 412) return unknownBefore > 0 ? 'presumed' : 'taken';
      if (httpStatus(error) === 429) unknown--;
      throw error;
    }
  }, retries);
}

async function translateErrors<T>(bucket: string, object: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStorageError(error, `gs://${bucket}/${object}`);
  }
}
