import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An append-only file of JSON lines, one line a commit. A line is written with one call before the caller hears of success, so
 * that a SIGKILL loses nothing acknowledged; a torn last line is a commit that nobody was told of, and is cut off.
 */
export class Journal<T> {
  readonly #path: string;
  #file: number;
  #size: number;

  private constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, 'a');
    this.#size = fstatSync(this.#file).size;
  }

  /** Opens `journal.jsonl` in `folder` and hands every complete line to `replay`, in order. */
  static open<T>(folder: string, replay: (entry: T) => void): Journal<T> {
    const path = join(folder, 'journal.jsonl');
    const file = openSync(path, existsSync(path) ? 'r+' : 'w+');
    ftruncateSync(file, replayLines(path, file, replay));
    closeSync(file);
    return new Journal<T>(path);
  }

  /** Throws what the disk says (ENOSPC, …); then nothing of the entry stays, or it would damage the line after it. */
  append(entry: T): void {
    try {
      this.#size += writeAll(this.#file, `${JSON.stringify(entry)}\n`);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
  }

  /** Replaces the whole history by `entries`, atomically: what a start does when most lines are history. */
  rewrite(entries: Iterable<T>): void {
    const next = openSync(`${this.#path}.next`, 'w');
    for (const entry of entries) writeAll(next, `${JSON.stringify(entry)}\n`);
    renameSync(`${this.#path}.next`, this.#path);
    closeSync(this.#file);
    closeSync(next);
    this.#file = openSync(this.#path, 'a');
    this.#size = fstatSync(this.#file).size;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function writeAll(file: number, text: string): number {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  return bytes.length;
}

/** Returns the length of the good part of the file. A bad line that is not the last is damage that must not be guessed away. */
function replayLines<T>(path: string, file: number, replay: (entry: T) => void): number {
  const chunk = Buffer.allocUnsafe(1024 * 1024);
  let rest: Buffer = Buffer.alloc(0);
  let good = 0;
  for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
    const text = Buffer.concat([rest, chunk.subarray(0, read)]);
    let start = 0;
    for (let end = text.indexOf(10, start); end >= 0; end = text.indexOf(10, start)) {
      replay(parseLine<T>(path, good, text.toString('utf8', start, end)));
      good += end + 1 - start;
      start = end + 1;
    }
    rest = text.subarray(start);
  }
  return good;
}

function parseLine<T>(path: string, offset: number, line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new Error(`${path} is damaged at byte ${offset}: wanted a line of JSON, got ${line.slice(0, 80)}`, { cause });
  }
}
