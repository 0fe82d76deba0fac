import { randomUUID } from 'node:crypto';
import type { File, FileMetadata, Storage } from '@google-cloud/storage';
import {
  CorruptRecordError,
  MAX_RECORD_BYTES,
  RECORD_KEY,
  type Versioned,
  WRITE_KEY,
} from '../../core/records/codec.ts';
import { httpStatus } from './errors.ts';
import { listPages } from './list-pages.ts';
import { withRecordRetries } from './retry.ts';

export type ListedObject = { name: string; generation: string; text: string };

/** Which of the objects below a prefix: at most `most`, and only names equal to or after `startOffset`. */
export type ListRange = { most?: number; startOffset?: string };

export type ListOptions = ListRange & {
  /** Takes an object that is too large, or that the reader refuses; absent: the list fails at the first one. */
  onCorrupt?: (error: CorruptRecordError) => void;
};

/** Larger than anything that Pincast writes: a ledger entry that names 10,000 tenants has 660 KB. */
const MAX_OBJECT_BYTES = 2 * 1024 * 1024;
/** Of an object's resource, whose other fields are most of it. */
const LISTED = `items(name,generation,size,metadata(${RECORD_KEY})),nextPageToken`;
const LISTED_NAMES = 'items(name),nextPageToken';
/** Objects whose bodies are read at the same time. */
const CHUNK = 20;
const MAX_READ_RACES = 10;

/**
 * Small JSON objects in a bucket. Every write carries a generation: create-if-absent and compare-and-set are all the
 * concurrency control there is. The record stands in the custom metadata too, where it fits, so that a list call returns it.
 */
export class JsonObjects {
  readonly #storage: Storage;
  readonly #bucket: string;

  constructor(storage: Storage, bucket: string) {
    this.#storage = storage;
    this.#bucket = bucket;
  }

  create(name: string, record: object): Promise<{ generation: string } | 'exists'> {
    return this.#put(name, record, '0').then((put) => (put === 'conflict' ? 'exists' : put));
  }

  replace(name: string, record: object, expected: string): Promise<{ generation: string } | 'conflict'> {
    return this.#put(name, record, expected);
  }

  /** Undefined where there is no such object. @throws CorruptRecordError where it is larger than any record. */
  async read(name: string): Promise<Versioned<string> | undefined> {
    for (let race = 0; race < MAX_READ_RACES; race++) {
      const metadata = await withRecordRetries(() => undefinedIfAbsent(this.#file(name).getMetadata()));
      if (metadata === undefined) return undefined;
      const read = await this.#readGeneration(name, metadata[0]);
      if (read !== undefined) return read;
    }
    throw new Error(`${this.#bucket}/${name} changed ${MAX_READ_RACES} times while it was read`);
  }

  /**
   * Every object below a prefix, as `read` makes something of it, page after page: of a fleet of thousands only what is made
   * stays in memory. A body is fetched only where the record was too large for the metadata.
   */
  async list<T>(
    prefix: string,
    read: (object: ListedObject) => T,
    { onCorrupt, ...range }: ListOptions = {},
  ): Promise<T[]> {
    const found: T[] = [];
    for await (const objects of this.#chunks(prefix, LISTED, range)) {
      for (const object of await Promise.all(objects.map((item) => this.#listed(item)))) {
        if (object === undefined) continue;
        try {
          if (object instanceof CorruptRecordError) throw object;
          found.push(read(object));
        } catch (error) {
          if (onCorrupt === undefined || !(error instanceof CorruptRecordError)) throw error;
          onCorrupt(error);
        }
      }
    }
    return found;
  }

  /** The names of the objects below a prefix. Their content is never read. */
  async names(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const objects of this.#chunks(prefix, LISTED_NAMES)) found.push(...objects.map(({ name = '' }) => name));
    return found;
  }

  /** The names of the folders right below a prefix, `tenants/` → `codex`, by a list call for a thousand of them. */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    const bucket = this.#storage.bucket(this.#bucket);
    for await (const { prefixes = [] } of listPages(bucket, { prefix, delimiter: '/' })) found.push(...prefixes);
    return found.map((folder) => folder.slice(prefix.length, -1));
  }

  /** The generation of the object, whatever its content is; undefined where there is no such object. */
  async generationOf(name: string): Promise<string | undefined> {
    const metadata = await withRecordRetries(() => undefinedIfAbsent(this.#file(name).getMetadata()));
    return metadata && String(metadata[0].generation);
  }

  /** Deletes what was read; `conflict` where it has changed or is gone since. */
  delete(name: string, expected: string): Promise<'deleted' | 'conflict'> {
    return withRecordRetries(async (attempt) => {
      try {
        await this.#file(name).delete({ ifGenerationMatch: expected });
        return 'deleted';
      } catch (error) {
        if (httpStatus(error) !== 404 && httpStatus(error) !== 412) throw error;
        // After an attempt whose answer was lost, an absent object is our own deletion.
        const isGone = attempt > 1 && (await this.generationOf(name)) === undefined;
        return isGone ? 'deleted' : 'conflict';
      }
    });
  }

  #file(name: string, generation?: string): File {
    return this.#storage.bucket(this.#bucket).file(name, generation === undefined ? {} : { generation });
  }

  /** The body of the very generation whose metadata was seen; undefined where it has been replaced since. */
  async #readGeneration(name: string, metadata: FileMetadata): Promise<Versioned<string> | undefined> {
    const generation = String(metadata.generation);
    const known = recordIn(metadata);
    if (known !== undefined) return { value: known, generation };
    if (Number(metadata.size) > MAX_OBJECT_BYTES) {
      throw new CorruptRecordError(name, `it has ${metadata.size} bytes, the most is ${MAX_OBJECT_BYTES}`);
    }
    // Attack: a small gzip object would grow to gigabytes in memory if the client decompressed it.
    const body = await withRecordRetries(() =>
      undefinedIfAbsent(this.#file(name, generation).download({ decompress: false })),
    );
    return body && { value: body[0].toString('utf8'), generation };
  }

  /** A few objects at a time, so that a page of large bodies never stands in memory as a whole. */
  async *#chunks(
    prefix: string,
    fields: string,
    { most, startOffset }: ListRange = {},
  ): AsyncGenerator<FileMetadata[]> {
    const bucket = this.#storage.bucket(this.#bucket);
    const query = { prefix, fields, ...(startOffset && { startOffset }) };
    for await (const { items = [] } of listPages(bucket, query, most)) {
      // The Cloud console makes an object `folder/` for a folder.
      const objects = items.filter(({ name = '' }) => !name.endsWith('/'));
      for (let start = 0; start < objects.length; start += CHUNK) yield objects.slice(start, start + CHUNK);
    }
  }

  /** Undefined where the object was deleted between the list and the read of its body. */
  #listed(item: FileMetadata): ListedObject | undefined | Promise<ListedObject | CorruptRecordError | undefined> {
    const { name = '', generation } = item;
    const text = recordIn(item);
    return text === undefined ? this.#listedBody(name, item) : { name, generation: String(generation), text };
  }

  async #listedBody(name: string, item: FileMetadata): Promise<ListedObject | CorruptRecordError | undefined> {
    try {
      const stored = (await this.#readGeneration(name, item)) ?? (await this.read(name));
      return stored && { name, generation: stored.generation, text: stored.value };
    } catch (error) {
      if (error instanceof CorruptRecordError) return error;
      throw error;
    }
  }

  async #put(name: string, record: object, expected: string): Promise<{ generation: string } | 'conflict'> {
    const text = JSON.stringify(record);
    const write = randomUUID();
    return withRecordRetries(async (attempt) => {
      try {
        return { generation: await this.#save(name, text, expected, write) };
      } catch (error) {
        if (httpStatus(error) !== 412) throw error;
        return attempt > 1 ? this.#ownEarlierWrite(name, write) : 'conflict';
      }
    });
  }

  async #save(name: string, text: string, expected: string, write: string): Promise<string> {
    const file = this.#file(name);
    const fits = Buffer.byteLength(text) <= MAX_RECORD_BYTES;
    await file.save(text, {
      resumable: false,
      contentType: 'application/json',
      preconditionOpts: { ifGenerationMatch: expected },
      metadata: { metadata: { formatVersion: '1', [WRITE_KEY]: write, ...(fits ? { [RECORD_KEY]: text } : {}) } },
    });
    return String(file.metadata.generation);
  }

  /**
   * A 412 after an attempt whose answer was lost may be our own write: then the object carries this write's id. Its content
   * would not do: two processes that reserve the same launch time write the same.
   */
  async #ownEarlierWrite(name: string, write: string): Promise<{ generation: string } | 'conflict'> {
    const known = await withRecordRetries(() => undefinedIfAbsent(this.#file(name).getMetadata()));
    const metadata = known?.[0];
    return metadata?.metadata?.[WRITE_KEY] === write ? { generation: String(metadata.generation) } : 'conflict';
  }
}

function recordIn({ metadata }: FileMetadata): string | undefined {
  const known = metadata?.[RECORD_KEY];
  return typeof known === 'string' ? known : undefined;
}

async function undefinedIfAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (httpStatus(error) === 404) return undefined;
    throw error;
  }
}
