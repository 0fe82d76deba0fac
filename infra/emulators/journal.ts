import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

export type JournalOptions<T> = {
  /** The file; its directory is made where it is missing. */
  path: string;
  /** Rebuilds the state from the entries of earlier runs, in order. */
  replay(entries: Iterable<T>): void;
  /** The fewest entries that make the present state. */
  snapshot(): Iterable<T>;
  /** While the server runs, a smaller file is not rewritten. */
  compactAboveBytes?: number;
};

export type Journal<T> = {
  /** Returns when the entries would survive a SIGKILL of this process; writes none of them where it throws. */
  append(entries: readonly T[]): void;
  close(): void;
};

export const memoryJournal: Journal<unknown> = { append: () => undefined, close: () => undefined };

/** A start rewrites a file that has this many times the lines that the state needs. */
const HISTORY_FACTOR = 2;
/** A running server rewrites a file that has grown by this factor since it was last rewritten. */
const GROWTH = 4;
const COMPACT_ABOVE_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 10;

/**
 * Opens an append-only file of JSON lines, one entry a line, readable by its owner only: environment values stand in it.
 *
 * A last line without its end was being written when the process ended. No caller was told that it succeeded, so it is cut off.
 *
 * @throws Error for any other line that is not JSON: damage must not be guessed away.
 */
export function openJournal<T>(options: JournalOptions<T>): Journal<T> {
  const { path, replay, snapshot, compactAboveBytes = COMPACT_ABOVE_BYTES } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lines = new JournalLines<T>(path);
  replay(lines);
  const file = new JournalFile(path, lines.bytes);
  const facts = [...snapshot()];
  if (lines.count > facts.length * HISTORY_FACTOR) file.rewrite(facts);
  let compactAt = Math.max(compactAboveBytes, file.bytes * GROWTH);
  return {
    append(entries) {
      if (entries.length === 0) return;
      // Before the write: the snapshot does not hold these entries yet.
      if (file.bytes > compactAt) {
        file.rewrite(snapshot());
        compactAt = Math.max(compactAboveBytes, file.bytes * GROWTH);
      }
      file.append(entries);
    },
    close: () => file.close(),
  };
}

/** The entries of the complete lines, read in bounded pieces. */
class JournalLines<T> implements Iterable<T> {
  readonly #path: string;
  count = 0;
  /** The length of the complete lines. */
  bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *[Symbol.iterator](): Generator<T> {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, 'r');
    try {
      yield* this.#entriesOf(file);
    } finally {
      closeSync(file);
    }
  }

  *#entriesOf(file: number): Generator<T> {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest: Buffer = Buffer.alloc(0);
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const text = Buffer.concat([rest, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
        yield this.#parse(text.toString('utf8', start, end));
        this.bytes += end + 1 - start;
        this.count += 1;
        start = end + 1;
      }
      rest = text.subarray(start);
    }
  }

  #parse(line: string): T {
    try {
      return JSON.parse(line) as T;
    } catch (cause) {
      const got = JSON.stringify(line.slice(0, 80));
      const message = `${this.#path}:${this.count + 1} (byte ${this.bytes}): expected a line of JSON, got ${got}; another program wrote into the journal. Restore the file, or remove it to begin with an empty state`;
      throw new Error(message, { cause });
    }
  }
}

class JournalFile {
  readonly #path: string;
  #file: number | undefined;
  bytes: number;

  constructor(path: string, bytes: number) {
    this.#path = path;
    this.bytes = bytes;
    this.#file = openSync(path, 'a', 0o600);
    if (fstatSync(this.#file).size > bytes) ftruncateSync(this.#file, bytes);
  }

  append(entries: Iterable<unknown>): void {
    if (this.#file === undefined) throw new Error(`the journal ${this.#path} is closed`);
    try {
      this.bytes += writeLines(this.#file, entries);
    } catch (error) {
      // The rest of a line on a full disk would damage the next one.
      ftruncateSync(this.#file, this.bytes);
      throw error;
    }
  }

  /** Written beside and renamed: a crash leaves the old file or the new one. */
  rewrite(entries: Iterable<unknown>): void {
    const next = openSync(`${this.#path}.next`, 'w', 0o600);
    try {
      for (const entry of entries) writeLines(next, [entry]);
    } finally {
      closeSync(next);
    }
    renameSync(`${this.#path}.next`, this.#path);
    this.close();
    this.#file = openSync(this.#path, 'a', 0o600);
    this.bytes = fstatSync(this.#file).size;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function writeLines(file: number, entries: Iterable<unknown>): number {
  const bytes = Buffer.from([...entries].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}
