import { addAbortSignal } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { withRetries } from '../storage/retry.ts';
import { toStorageError } from './errors.ts';
import { objectUpload } from './upload.ts';

/** A record has hundreds of bytes; a ledger entry with thousands of tenants hundreds of thousands. */
const MAX_RECORD_BODY = 8 * 1024 * 1024;

/** Deadline of a whole answer about one small object. */
const ANSWER_MS = 60_000;

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

export function recordStore(storage: Storage, answerMs = ANSWER_MS): RecordStore {
  return {
    read: (bucket, object) =>
      translateErrors(bucket, object, () => readText(storage.bucket(bucket).file(object), answerMs)),
    create: (bucket, object, body, metadata) =>
      translateErrors(bucket, object, () => create(storage.bucket(bucket).file(object), body, metadata, answerMs)),
  };
}

/**
 * An object as a source. It uses its own HTTP connection, because the client's stream allocates a buffer per piece and takes
 * three times as long. On Node 24 the client also ends the process if Cloud Storage answers a streamed read with 503.
 */
export function objectSource(storage: Storage, { bucket, object }: ObjectLocation, answerMs = ANSWER_MS): Source {
  return {
    stat: () => translateErrors(bucket, object, () => statOf(storage.bucket(bucket).file(object), answerMs)),
    givesRanges: true,
    read: async ({ generation }, { start, end }, sink) => {
      const name = `gs://${bucket}/${object}`;
      const headers = { ...(await within(answerMs, authorization(storage))), ...rangeOf(start, end) };
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

/** As in the client, a custom endpoint receives no credentials. On Google Cloud the client sets no timeout for the metadata server. */
async function authorization(storage: Storage): Promise<Record<string, string>> {
  if (storage.customEndpoint) return {};
  return Object.fromEntries(new Headers(await storage.authClient.getRequestHeaders(storage.apiEndpoint)));
}

async function statOf(file: File, answerMs: number): Promise<SourceStat> {
  const [metadata] = await withRetries(() => within(answerMs, file.getMetadata()));
  const { generation, size, contentEncoding } = metadata;
  return {
    generation: generation === undefined ? null : String(generation),
    bytes: size === undefined ? null : Number(size),
    contentEncoding: contentEncoding || null,
  };
}

async function readText(file: File, answerMs: number): Promise<string> {
  const body = await withRetries(async () => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const stream = addAbortSignal(AbortSignal.timeout(answerMs), file.createReadStream(RAW));
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > MAX_RECORD_BODY) throw new StorageError('refused', `a record of more than ${MAX_RECORD_BODY} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  });
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
  answerMs: number,
): Promise<Created> {
  let lost = false;
  return withRetries(async () => {
    try {
      const saving = file.save(body, {
        resumable: false,
        validation: false,
        preconditionOpts: { ifGenerationMatch: 0 },
        metadata: { contentType: 'application/json', metadata: { ...metadata } },
      });
      await within(answerMs, saving);
      return 'created';
    } catch (error) {
      if (httpStatus(error) === 412) return lost ? 'presumed' : 'taken';
      lost ||= httpStatus(error) !== 429;
      throw error;
    }
  });
}

/** @throws StorageError after the time; the call itself continues unobserved until the process ends. */
async function within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new StorageError('unavailable', `no answer within ${milliseconds / 1_000} s`);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

async function translateErrors<T>(bucket: string, object: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toStorageError(error, `gs://${bucket}/${object}`);
  }
}
