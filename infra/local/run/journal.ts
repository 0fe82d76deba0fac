import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { ExecutionProgress, ExecutionRecord, JobRecord, TaskRecord } from './records.ts';

/** One change; the state is what all of them, one after the other, make. */
export type Entry =
  | { kind: 'job'; job: JobRecord }
  | { kind: 'job-deleted'; name: string }
  | { kind: 'execution'; execution: ExecutionRecord }
  | { kind: 'task'; execution: string; task: TaskRecord }
  | { kind: 'progress'; execution: string; progress: ExecutionProgress; at: string }
  | { kind: 'execution-deleted'; name: string };

/** The entries of a journal file. A last line without its end was torn by a crash and never answered for: left out. */
export function readJournal(path: string): Entry[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Entry;
    } catch (cause) {
      throw new Error(`${path}:${index + 1} is not JSON: the journal was changed from outside`, { cause });
    }
  });
}

/**
 * An append-only file of changes. Each is handed to the kernel before the caller is answered, so that a killed server
 * forgets nothing it promised. Env values are in it: only its owner can read it.
 */
export class Journal {
  readonly #path: string;
  readonly #minCompactionBytes: number;
  readonly #snapshot: () => Iterable<Entry>;
  #fd = -1;
  #bytes = 0;
  #compactAt = 0;

  /** @param snapshot the fewest entries that make the present state; the file is rewritten with them now and when it grew */
  constructor(path: string, snapshot: () => Iterable<Entry>, minCompactionBytes = 64 * 1024 * 1024) {
    this.#path = path;
    this.#minCompactionBytes = minCompactionBytes;
    this.#snapshot = snapshot;
    this.#compact();
  }

  append(entry: Entry): void {
    if (this.#fd === -1) return;
    // Before, not after: the snapshot does not hold this entry yet.
    if (this.#bytes > this.#compactAt) this.#compact();
    this.#write(entry);
  }

  close(): void {
    if (this.#fd !== -1) closeSync(this.#fd);
    this.#fd = -1;
  }

  #write(entry: Entry): void {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      for (let written = 0; written < line.length; ) {
        written += writeSync(this.#fd, line, written, line.length - written, this.#bytes + written);
      }
    } catch (error) {
      // Half a line of a full disk would swallow the next one.
      ftruncateSync(this.#fd, this.#bytes);
      throw error;
    }
    this.#bytes += line.length;
  }

  /** Written beside and renamed: a crash leaves the old journal or the new one. */
  #compact(): void {
    this.close();
    this.#fd = openSync(`${this.#path}.new`, 'w', 0o600);
    this.#bytes = 0;
    for (const entry of this.#snapshot()) this.#write(entry);
    renameSync(`${this.#path}.new`, this.#path);
    this.#compactAt = Math.max(this.#minCompactionBytes, this.#bytes * 4);
  }
}
