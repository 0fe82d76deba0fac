import { randomUUID } from 'node:crypto';
import type { File, FileMetadata, Storage } from '@google-cloud/storage';
import { CorruptRecordError, RECORD_KEY, recordMetadata, type Versioned, WRITE_KEY } from '../../core/records/codec.ts';
import { httpStatus } from './errors.ts';
import { listPages } from './list-pages.ts';
import { withRecordRetries } from './retry.ts';

export type ListedObject = { name: string; generation: string; text: string };

/** Limits a list to `most` objects, and to names equal to or after `startOffset`. */
export type ListRange = { most?: number; startOffset?: string };

export type ListOptions = ListRange & {
  /** Receives each object that is too large or that the reader rejects; absent: the list fails at the first one. */
  onCorrupt?: (error: CorruptRecordError) => void;
};

/** A record, or a function that makes it for each attempt of a write. */
type RecordSource = object | (() => object);

export function recordOf<T extends object>(source: T | (() => T)): T {
  return typeof source === 'function' ? source() : source;
}

/** Larger than anything that Pincast writes: a ledger entry that names 10,000 tenants has 660 KB. */
const MAX_OBJECT_BYTES = 2 * 1024 * 1024;
/** Limits the listed fields, because the other fields of a resource are most of it. */
const LISTED = `items(name,generation,size,metadata(${RECORD_KEY})),nextPageToken`;
const LISTED_NAMES = 'items(name),nextPageToken';
/** Objects whose bodies are read at the same time. */
const CHUNK = 20;
const MAX_READ_RACES = 10;

/**
 * Small JSON objects in a bucket. Create-if-absent and compare-and-set by generation are the only concurrency control.
 *
 * A record that fits is stored in the custom metadata as well, so that a list call returns it.
 */
export class JsonObjects {
  readonly #storage: Storage;
  readonly #bucket: string;

  constructor(storage: Storage, bucket: string) {
    this.#storage = storage;
    this.#bucket = bucket;
  }

  create(name: string, record: RecordSource): Promise<{ generation: string } | 'exists'> {
    return this.#put(name, record, '0').then((put) => (put === 'conflict' ? 'exists' : put));
  }

  replace(name: string, record: RecordSource, expected: string): Promise<{ generation: string } | 'conflict'> {
    return this.#put(name, record, expected);
  }

  /**
   * Replaces an object that other processes write as well; `expected` is `0` where there is none. A 429 means that one of them
   * wrote within the last second: a retry of this write could only end in a 412, each time behind the next writer.
   */
  replaceContended(name: string, record: object, expected: string): Promise<{ generation: string } | 'conflict'> {
    return this.#put(name, record, expected, [412, 429]);
  }

  /** Undefined if the object does not exist. @throws CorruptRecordError if it is larger than any record. */
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
   * Lists the objects below a prefix, converted by `read` page by page, so that only the results stay in memory.
   *
   * A body is fetched only if the record was too large for the metadata.
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

  /** Lists the names of the objects below a prefix, without their content. */
  async names(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const objects of this.#chunks(prefix, LISTED_NAMES)) found.push(...objects.map(({ name = '' }) => name));
    return found;
  }

  /** Lists the folders directly below a prefix, `tenants/` → `codex`: one call for each 1,000. */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    const bucket = this.#storage.bucket(this.#bucket);
    for await (const { prefixes = [] } of listPages(bucket, { prefix, delimiter: '/' })) found.push(...prefixes);
    return found.map((folder) => folder.slice(prefix.length, -1));
  }

  /** The generation of an object, whose content may be unreadable; undefined if it does not exist. */
  async generationOf(name: string): Promise<string | undefined> {
    const metadata = await withRecordRetries(() => undefinedIfAbsent(this.#file(name).getMetadata()));
    return metadata && String(metadata[0].generation);
  }

  /** Deletes the generation that was read; `conflict` if the object has changed or is gone. */
  delete(name: string, expected: string): Promise<'deleted' | 'conflict'> {
    return withRecordRetries(async (attempt) => {
      try {
        await this.#file(name).delete({ ifGenerationMatch: expected });
        return 'deleted';
      } catch (error) {
        if (httpStatus(error) !== 404 && httpStatus(error) !== 412) throw error;
        // After an attempt whose response was lost, an absent object is this call's own deletion.
        const isGone = attempt > 1 && (await this.generationOf(name)) === undefined;
        return isGone ? 'deleted' : 'conflict';
      }
    });
  }

  #file(name: string, generation?: string): File {
    return this.#storage.bucket(this.#bucket).file(name, generation === undefined ? {} : { generation });
  }

  /** Reads the body of the generation whose metadata was read; undefined if it has been replaced since. */
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

  /** Yields 20 objects at a time, so that a page of large bodies is never in memory as a whole. */
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

  /** Undefined if the object was deleted between the list and the read of its body. */
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

  /** @param conflicts the statuses that say that another process was faster. */
  async #put(
    name: string,
    record: RecordSource,
    expected: string,
    conflicts: readonly number[] = [412],
  ): Promise<{ generation: string } | 'conflict'> {
    const write = randomUUID();
    return withRecordRetries(async (attempt) => {
      try {
        return { generation: await this.#save(name, JSON.stringify(recordOf(record)), expected, write) };
      } catch (error) {
        if (!conflicts.includes(httpStatus(error) ?? 0)) throw error;
        return attempt > 1 ? this.#ownEarlierWrite(name, write) : 'conflict';
      }
    });
  }

  async #save(name: string, text: string, expected: string, write: string): Promise<string> {
    const file = this.#file(name);
    await file.save(text, {
      resumable: false,
      contentType: 'application/json',
      preconditionOpts: { ifGenerationMatch: expected },
      metadata: { metadata: recordMetadata(text, write) },
    });
    return String(file.metadata.generation);
  }

  /**
   * After a lost response a 412 may come from this call's own write, whose id the object then carries.
   *
   * Equal content is no proof, because two processes that reserve the same slot write the same.
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
