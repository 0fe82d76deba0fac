import { ArchiveError } from '../errors.ts';

/** The fields that a pax extended header (POSIX.1-2001) overrides in the next entry. */
export type PaxFields = {
  path?: string;
  linkpath?: string;
  size?: number;
  mtime?: number;
  /** Present if the entry is a GNU sparse file; `name` if the records have one. */
  sparse?: { name?: string };
};

/** Reads the records `<length> <key>=<value>\n` of an extended header's body. @throws ArchiveError */
export function readPax(body: Buffer): PaxFields {
  const fields: PaxFields = {};
  for (let at = 0; at < body.length; ) at = readRecord(body, at, fields);
  return fields;
}

/** Refuses a global header with a path or size, because it would give every later entry the same one. */
export function refuseGlobalOverrides(fields: PaxFields): void {
  const named = (['path', 'linkpath', 'size', 'sparse'] as const).filter((key) => fields[key] !== undefined);
  if (named.length > 0) throw new ArchiveError('BAD_HEADER', `a global pax header sets ${named.join(', ')}`);
}

function readRecord(body: Buffer, at: number, fields: PaxFields): number {
  const blank = body.indexOf(0x20, at);
  const digits = blank === -1 ? '' : body.toString('latin1', at, Math.min(blank, at + 8));
  const end = at + Number(digits);
  if (!/^[1-9]\d*$/.test(digits) || end > body.length || end <= blank + 1 || body[end - 1] !== 0x0a) throw badRecord();
  const equals = body.indexOf(0x3d, blank);
  if (equals === -1 || equals >= end) throw badRecord();
  setField(fields, body.toString('utf8', blank + 1, equals), body.toString('utf8', equals + 1, end - 1));
  return end;
}

function setField(fields: PaxFields, key: string, value: string): void {
  if (key === 'path') fields.path = value;
  else if (key === 'linkpath') fields.linkpath = value;
  else if (key === 'size') fields.size = readSize(value);
  else if (key === 'mtime') fields.mtime = readTime(value);
  else if (key === 'GNU.sparse.name') fields.sparse = { name: value };
  else if (key.startsWith('GNU.sparse.')) fields.sparse ??= {};
}

function readSize(value: string): number {
  const size = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(size)) throw badRecord();
  return size;
}

/** Seconds; 0 if the kernel cannot represent the time, because no decision depends on it. */
function readTime(value: string): number {
  const time = /^\d+(\.\d*)?$/.test(value) ? Number(value) : 0;
  return time <= Number.MAX_SAFE_INTEGER ? time : 0;
}

function badRecord() {
  return new ArchiveError('BAD_HEADER', 'a pax header cannot be read');
}
