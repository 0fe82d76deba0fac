import { clip } from '../../values/clip.ts';
import { ArchiveError } from './errors.ts';

/** Linux accepts paths of 4,095 bytes; the other 1,023 are for the directory of the environment. */
const MAX_NAME_BYTES = 3_072;
const MAX_PART_BYTES = 255;
const MAX_DEPTH = 100;
/** Characters of a refused name in its error. */
const MAX_SHOWN = 200;

/**
 * The path inside the environment of an entry: `./a//b/` → `a/b`, `./` → the empty path.
 *
 * Attack: every escape needs `..`. It is refused even in names that stay inside, because no archiver writes it.
 *
 * @throws ArchiveError
 */
export function cleanName(name: string): string {
  if (name === '' || name.includes('\0')) throw new ArchiveError('BAD_NAME', 'an entry has no proper name', name);
  if (name.includes('\ufffd')) throw new ArchiveError('BAD_NAME', 'the name of an entry is not UTF-8', name);
  if (name.startsWith('/')) throw new ArchiveError('ABSOLUTE_NAME', 'the name of an entry is absolute', name);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new ArchiveError('LEAVES_FOLDER', 'the name of an entry goes up', name);
  if (parts.length > MAX_DEPTH) {
    const message = `an entry lies ${parts.length} directories deep; the limit is ${MAX_DEPTH}`;
    throw new ArchiveError('TOO_DEEP', message, clip(name, MAX_SHOWN));
  }
  if (tooLong(name, parts))
    throw new ArchiveError('BAD_NAME', 'the name of an entry is too long', clip(name, MAX_SHOWN));
  return parts.join('/');
}

function tooLong(name: string, parts: readonly string[]): boolean {
  if (name.length <= MAX_PART_BYTES / 3) return false;
  return Buffer.byteLength(name) > MAX_NAME_BYTES || parts.some((part) => Buffer.byteLength(part) > MAX_PART_BYTES);
}
