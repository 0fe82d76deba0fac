import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord } from './journal-records.ts';

export type Journal = {
  /** What earlier runs wrote, in order. */
  read(): JournalRecord[];
  /** Returns once the records would survive the end of this process; none of them is written if it throws. */
  append(records: readonly JournalRecord[]): void;
  /** Replaces everything by these records. */
  compact(records: readonly JournalRecord[]): void;
  close(): void;
  /** In bytes. */
  readonly size: number;
};

export const memoryJournal: Journal = { read: () => [], append: () => {}, compact: () => {}, close: () => {}, size: 0 };

function lines(records: readonly JournalRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/** A last line without its end was being written when the process ended, and nobody was told that it succeeded. */
function parse(text: string, path: string): JournalRecord[] {
  const complete = text.split('\n').slice(0, -1);
  return complete.map((line, index) => {
    try {
      return JSON.parse(line) as JournalRecord;
    } catch (cause) {
      throw new Error(`line ${index + 1} of ${path} is no JSON: something else wrote into the journal`, { cause });
    }
  });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** An append-only file of JSON lines, `pubsub.jsonl`, in this directory, which is made if it is missing. */
export function fileJournal(directory: string): Journal {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'pubsub.jsonl');
  let file: number | undefined;
  let size = 0;
  return {
    get size() {
      return size;
    },
    read: () => parse(readOrEmpty(path), path),
    append(records) {
      if (file === undefined) throw new Error(`the journal ${path} is closed`);
      if (records.length === 0) return;
      const bytes = Buffer.from(lines(records));
      try {
        appendFileSync(file, bytes);
      } catch (error) {
        // Half a line would be glued to the next one.
        ftruncateSync(file, size);
        throw error;
      }
      size += bytes.length;
    },
    compact(records) {
      const bytes = Buffer.from(lines(records));
      writeFileSync(`${path}.new`, bytes);
      renameSync(`${path}.new`, path);
      if (file !== undefined) closeSync(file);
      file = openSync(path, 'a');
      size = bytes.length;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
