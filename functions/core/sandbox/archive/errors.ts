import type { Digest } from '../../values/digest.ts';

/** What is wrong with an archive: a closed set. */
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

/** The archive, or a tree installed from it, breaks a rule. The sandbox decides the exit code. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly reason: ArchiveReason;
  /** The entry's name as the archive has it; null if the archive as a whole is at fault. */
  readonly entry: string | null;

  constructor(reason: ArchiveReason, message: string, entry: string | null = null) {
    super(entry === null ? message : `${message}: ${JSON.stringify(entry)}`);
    this.reason = reason;
    this.entry = entry;
  }
}

/** The bytes hash to another digest than the pinned one. */
export class DigestMismatchError extends Error {
  override readonly name = 'DigestMismatchError';
  readonly expected: Digest;
  readonly actual: Digest;
  readonly bytes: number;

  constructor(expected: Digest, actual: Digest, bytes: number) {
    super(`the environment is not what was pinned: expected ${expected}, got ${actual}`);
    this.expected = expected;
    this.actual = actual;
    this.bytes = bytes;
  }
}
