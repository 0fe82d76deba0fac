import { ArchiveError } from './errors.ts';
import { BLOCK, readHeader } from './tar/header.ts';
import { isZstd } from './zstd-frames.ts';

export type ArchiveFormat = 'tar' | 'gzip' | 'zstd';

/** The format that the first block shows, whatever the file's name. @throws ArchiveError NOT_AN_ARCHIVE */
export function detectFormat(start: Buffer): ArchiveFormat {
  if (start.length >= 2 && start.readUInt16BE(0) === 0x1f8b) return 'gzip';
  if (isZstd(start)) return 'zstd';
  if (start.length >= BLOCK && isTar(start)) return 'tar';
  const seen = start.length === 0 ? 'an empty file' : `bytes ${start.toString('hex', 0, 16)}`;
  throw new ArchiveError('NOT_AN_ARCHIVE', `expected a .tar, .tar.gz or .tar.zst, got ${seen}`);
}

/** True also for a tar without entries, which begins with its end marker. */
function isTar(block: Buffer): boolean {
  try {
    readHeader(block, 0);
    return true;
  } catch {
    return false;
  }
}
