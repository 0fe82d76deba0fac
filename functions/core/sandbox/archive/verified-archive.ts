import type { Digest } from '../../values/digest.ts';
import { DigestMismatchError } from './errors.ts';

/** Bytes that lie in a private file, and the digest that was computed while they were written. */
export type HashedArchive<File> = { readonly file: File; readonly bytes: number; readonly digest: Digest };

/**
 * An archive whose bytes hash to the digest that was asked for. `unpack` takes nothing else and only `verify` makes one:
 * the private field is no part of any other type, so the compiler keeps the order "compare, then unpack".
 */
export class VerifiedArchive<File> {
  readonly file: File;
  readonly bytes: number;
  readonly digest: Digest;
  readonly #verified = true;

  private constructor({ file, bytes, digest }: HashedArchive<File>) {
    this.file = file;
    this.bytes = bytes;
    this.digest = digest;
  }

  /** @throws DigestMismatchError */
  static verify<File>(archive: HashedArchive<File>, expected: Digest): VerifiedArchive<File> {
    if (archive.digest !== expected) {
      throw new DigestMismatchError(expected, archive.digest, archive.bytes);
    }
    return new VerifiedArchive(archive);
  }

  /** Refuses a look-alike object at run time too, where a cast would have silenced the compiler. */
  static is(value: object): boolean {
    return #verified in value;
  }
}
