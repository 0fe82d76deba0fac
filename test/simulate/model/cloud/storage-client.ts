import { Readable } from 'node:stream';
import type { Storage } from '@google-cloud/storage';
import type { Buckets, StoredObject } from './buckets.ts';
import { type Sender, ServerError } from './wire.ts';

/** What an identity may do; Cloud Storage answers 403 to everything else. */
export type Permissions = {
  mayGet(bucket: string, name: string): boolean;
  mayCreate(bucket: string, name: string): boolean;
  mayList: boolean;
};

const MAX_METADATA_BYTES = 8 * 1024;
const WRITE_PAUSE_MS = 1_000;
export const TOO_SOON = 'was written less than a second ago';

export const everything: Permissions = { mayGet: () => true, mayCreate: () => true, mayList: true };

type SaveOptions = {
  preconditionOpts?: { ifGenerationMatch?: string | number };
  metadata?: { metadata?: Record<string, string> };
};

type ListQuery = {
  prefix?: string;
  maxResults?: number;
  pageToken?: string;
  delimiter?: string;
  startOffset?: string;
};

/** The part of Cloud Storage's client that the adapters call; each method is one request. */
export function modelStorage(buckets: Buckets, wire: Sender, permissions: Permissions): Storage {
  const context = { buckets, wire, permissions };
  const bucket = (name: string) => ({
    file: (object: string, options: { generation?: string } = {}) =>
      new ModelFile(context, name, object, options.generation),
    getFiles: (query: ListQuery) => getFiles(context, name, query),
  });
  return { bucket } as unknown as Storage;
}

type Context = { buckets: Buckets; wire: Sender; permissions: Permissions };

class ModelFile {
  readonly name: string;
  metadata: Record<string, unknown> = {};
  readonly #context: Context;
  readonly #bucket: string;
  readonly #generation: string | undefined;

  constructor(context: Context, bucket: string, name: string, generation?: string) {
    this.name = name;
    this.#context = context;
    this.#bucket = bucket;
    this.#generation = generation;
  }

  async getMetadata(): Promise<[Record<string, unknown>]> {
    return [await this.#request('objects.get', () => metadataOf(this.#get()))];
  }

  async download(): Promise<[Buffer]> {
    return [Buffer.from(await this.#request('objects.media', () => this.#get().body))];
  }

  createReadStream(): Readable {
    const body = this.#request('objects.media', () => this.#get().body);
    body.catch(() => undefined);
    return Readable.from(chunksOf(body));
  }

  async save(body: string, options: SaveOptions): Promise<void> {
    const { buckets, permissions } = this.#context;
    const expected = options.preconditionOpts?.ifGenerationMatch;
    const stored = await this.#request('objects.insert', () => {
      if (!permissions.mayCreate(this.#bucket, this.name))
        throw new ServerError(403, `${this.name} may not be created`);
      const match = expected === undefined ? undefined : String(expected);
      const metadata = { ...options.metadata?.metadata };
      if (bytesOf(metadata) > MAX_METADATA_BYTES) throw new ServerError(400, `${this.name} has too much metadata`);
      refuseHaste(buckets, this.#bucket, this.name);
      return buckets.put(this.#bucket, this.name, body, match, metadata);
    });
    this.metadata = metadataOf(stored);
  }

  async delete({ ifGenerationMatch }: { ifGenerationMatch?: string } = {}): Promise<void> {
    const { buckets } = this.#context;
    await this.#request('objects.delete', () => {
      refuseHaste(buckets, this.#bucket, this.name);
      buckets.delete(this.#bucket, this.name, ifGenerationMatch);
    });
  }

  #request<T>(method: string, effect: () => T): Promise<T> {
    return this.#context.wire.request('storage', method, `${this.#bucket}/${this.name}`, effect);
  }

  /** Without list permission a missing object answers 403. */
  #get(): StoredObject {
    const { buckets, permissions } = this.#context;
    const stored = buckets.get(this.#bucket, this.name);
    const isThere = stored !== undefined && (this.#generation ?? stored.generation) === stored.generation;
    if (!permissions.mayGet(this.#bucket, this.name) || (!isThere && !permissions.mayList)) {
      throw new ServerError(403, `${this.#bucket}/${this.name} may not be read`);
    }
    if (!isThere) throw new ServerError(404, `there is no ${this.#bucket}/${this.name}`);
    return stored;
  }
}

/** An object takes about one write a second. */
function refuseHaste(buckets: Buckets, bucket: string, name: string): void {
  if (buckets.ageOf(bucket, name) < WRITE_PAUSE_MS) throw new ServerError(429, `${bucket}/${name} ${TOO_SOON}`);
}

function bytesOf(metadata: Readonly<Record<string, string>>): number {
  return Object.entries(metadata).reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
}

async function* chunksOf(body: Promise<string>): AsyncGenerator<Buffer> {
  yield Buffer.from(await body);
}

async function getFiles(context: Context, bucket: string, query: ListQuery): Promise<unknown[]> {
  const { prefix = '', maxResults = 1000, pageToken = '', delimiter, startOffset = '' } = query;
  const { objects, prefixes } = await context.wire.request('storage', 'objects.list', `${bucket}/${prefix}`, () => {
    if (!context.permissions.mayList) throw new ServerError(403, `${bucket} may not be listed`);
    if (delimiter !== undefined)
      return { objects: [], prefixes: prefixesOf(context.buckets, bucket, prefix, delimiter) };
    const range = { startOffset, after: pageToken, most: maxResults + 1 };
    return { objects: context.buckets.list(bucket, prefix, range), prefixes: [] };
  });
  const page = objects.slice(0, maxResults);
  const next = objects.length > maxResults ? { pageToken: page.at(-1)?.name } : null;
  return [null, next, { items: page.map(metadataOf), prefixes }];
}

function prefixesOf(buckets: Buckets, bucket: string, prefix: string, delimiter: string): string[] {
  const below = buckets.list(bucket, prefix).map(({ name }) => name.slice(prefix.length).split(delimiter)[0] ?? '');
  return [...new Set(below)].map((part) => `${prefix}${part}${delimiter}`);
}

function metadataOf(stored: StoredObject): Record<string, unknown> {
  const { name, generation, body, metadata, contentEncoding } = stored;
  return { name, generation, size: body.length, metadata, ...(contentEncoding !== null && { contentEncoding }) };
}
