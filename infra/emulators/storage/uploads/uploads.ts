import type { BlobWriter } from '../blobs/blobs.ts';
import type { ApiRequest, ApiResponse, Service } from '../call/exchange.ts';
import { invalid, StorageError } from '../errors.ts';
import { isExpired, type UploadSession } from '../model/upload-session.ts';
import { createVersion } from '../objects/create-version.ts';
import { objectResource } from '../objects/resources.ts';
import { checkHashes, RunningHashes } from '../values/checksums.ts';
import { parseUploadRange, type UploadRange } from '../values/ranges.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { takeChunk } from './take-chunk.ts';
import { expectedHashes } from './upload-name.ts';

/** The bytes of a session that this process has, with their hashes so far. */
type Progress = { writer: BlobWriter; hashes: RunningHashes };

/** The steps of resumable uploads: bytes, status queries, cancellation. */
export class Uploads {
  readonly #service: Service;
  readonly #progress = new Map<string, Progress>();
  readonly #turns = new KeyedMutex();

  constructor(service: Service) {
    this.#service = service;
  }

  /** One request to a session's URL. Throws 404 for a session that is unknown, cancelled or older than a week. */
  step(ask: ApiRequest, id: string): Promise<ApiResponse> {
    return this.#turns.run(id, ask.abandon, async () => {
      const session = this.#service.state.sessions.get(id);
      if (!session || isExpired(session, this.#service.now())) throw new StorageError(404, 'notFound', 'Not Found');
      if (session.result) return { status: 200, json: objectResource(session.result, ask.base) };
      const progress = await this.#open(session);
      return ask.verb === 'DELETE' ? this.#cancel(session, progress) : this.#receive(ask, session, progress);
    });
  }

  /** After a restart the bytes are still there, but must be hashed again. */
  async #open(session: UploadSession): Promise<Progress> {
    const known = this.#progress.get(session.id);
    if (known) return known;
    const progress = { writer: this.#service.blobs.writer(session.id), hashes: new RunningHashes() };
    for await (const bytes of progress.writer.earlier()) progress.hashes.update(bytes);
    this.#progress.set(session.id, progress);
    return progress;
  }

  async #cancel(session: UploadSession, progress: Progress): Promise<ApiResponse> {
    await this.#forget(session, progress);
    return { status: 499, bytes: Buffer.alloc(0) };
  }

  async #receive(ask: ApiRequest, session: UploadSession, progress: Progress): Promise<ApiResponse> {
    const range = parseUploadRange(ask.headers['content-range']);
    const total = agreedTotal(session, range);
    const isQuery = range.first === undefined;
    const complete = isQuery ? total === progress.writer.size : await takeChunk(ask.body, range, total, progress);
    if (!complete) return incomplete(progress.writer.size, ask);
    return this.#finish(ask, session, progress, total);
  }

  async #finish(
    ask: ApiRequest,
    session: UploadSession,
    progress: Progress,
    total: number | undefined,
  ): Promise<ApiResponse> {
    const hashes = progress.hashes.digest();
    const { size } = progress.writer;
    try {
      if (total !== undefined && total !== size) throw invalid(`The upload has ${size} bytes, wanted ${total}.`);
      checkHashes({ ...session.expected, ...expectedHashes(ask, {}) }, hashes);
    } catch (error) {
      await this.#forget(session, progress);
      throw error;
    }
    return this.#commit(ask, session, progress, hashes);
  }

  async #commit(
    ask: ApiRequest,
    session: UploadSession,
    progress: Progress,
    hashes: ReturnType<RunningHashes['digest']>,
  ) {
    const blob = await progress.writer.commit();
    this.#progress.delete(session.id);
    const draft = { ...session, caller: session.identity, blob, hashes };
    try {
      const object = createVersion(this.#service, draft, (result) => ({
        kind: 'session',
        session: { ...session, result },
      }));
      return { status: 200, json: objectResource(object, ask.base) };
    } catch (error) {
      this.#service.commit({ kind: 'session-gone', id: session.id });
      throw error;
    }
  }

  async #forget(session: UploadSession, progress: Progress): Promise<void> {
    await progress.writer.abort();
    this.#progress.delete(session.id);
    this.#service.commit({ kind: 'session-gone', id: session.id });
  }
}

function agreedTotal(session: UploadSession, range: UploadRange): number | undefined {
  if (session.total !== undefined && range.total !== undefined && session.total !== range.total) {
    throw invalid(`Content-Range says ${range.total} bytes in all, the upload was started with ${session.total}.`);
  }
  return range.total ?? session.total;
}

/**
 * 308 Resume Incomplete: Range tells how much is safe here, and is absent when nothing is.
 *
 * Go's client takes 308 for a redirect, so it asks for 200 and the status in a header (googleapis/storage-testbench#402).
 */
function incomplete(size: number, { headers }: ApiRequest): ApiResponse {
  const range = size > 0 ? { Range: `bytes=0-${size - 1}` } : {};
  const bytes = Buffer.alloc(0);
  if (headers['x-guploader-no-308'] !== 'yes') return { status: 308, headers: range, bytes };
  return { status: 200, headers: { ...range, 'X-HTTP-Status-Code-Override': '308' }, bytes };
}
