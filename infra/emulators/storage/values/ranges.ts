import { invalid, StorageError } from '../errors.ts';

/** Bytes [start, end) of an object. */
export type ByteRange = { start: number; end: number };

/**
 * The Range header of a download (RFC 9110 §14). Undefined: send everything; that holds for several ranges and for what
 * cannot be parsed too, which Cloud Storage ignores. Throws 416 when no byte of the object is asked for.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (start >= size || end <= start) throw notSatisfiable(size);
  return { start, end };
}

function notSatisfiable(size: number): StorageError {
  return new StorageError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
    headers: { 'Content-Range': `bytes */${size}` },
  });
}

/** The Content-Range header of a resumable upload's PUT. `last` absent: up to the end of the body. */
export type UploadRange = { first?: number; last?: number; total?: number };

/** Reads `bytes a-b/N`, `bytes a-b/*`, `bytes a-*\/*`, `bytes *\/N` and `bytes *\/*` (a status query has no `first`). */
export function parseUploadRange(header: string | undefined): UploadRange {
  if (header === undefined) return { first: 0 };
  const match = /^bytes (?:\*|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(header.trim());
  if (!match) throw invalid(`Failed to parse Content-Range header '${header}'.`);
  const [, first, last, total] = match;
  const range: UploadRange = {};
  if (first !== undefined) range.first = Number(first);
  if (last !== undefined && last !== '*') range.last = Number(last);
  if (total !== undefined && total !== '*') range.total = Number(total);
  if (range.last !== undefined && range.last < Number(first)) throw invalid(`Content-Range '${header}' ends early.`);
  return range;
}
