import { SandboxError } from '../errors.ts';

/** What is wrong with an archive: a closed set, in the error's evidence as `reason`. */
export type ArchiveReason =
  | 'NOT_AN_ARCHIVE'
  | 'BAD_HEADER'
  | 'TRUNCATED'
  | 'CORRUPT'
  | 'TRAILING_DATA'
  | 'SPARSE'
  | 'UNSUPPORTED_TYPE'
  | 'BAD_NAME'
  | 'ABSOLUTE_NAME'
  | 'LEAVES_FOLDER'
  | 'THROUGH_LINK'
  | 'DUPLICATE'
  | 'BAD_LINK'
  | 'TOO_DEEP'
  | 'TOO_MANY_ENTRIES'
  | 'TOO_MANY_BYTES'
  | 'BOMB';

/** @param entry the name as the archive has it; null where no entry is at fault. */
export function archiveError(reason: ArchiveReason, message: string, entry: string | null = null): SandboxError {
  const text = entry === null ? message : `${message}: ${JSON.stringify(entry)}`;
  return new SandboxError('ARCHIVE_REFUSED', text, entry === null ? { reason } : { reason, entry });
}
