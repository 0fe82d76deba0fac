import type { Digest } from '../../values/digest.ts';
import { DigestMismatchError } from './errors.ts';

/** A private file, and the digest computed while it was written. */
export type HashedArchive<File> = { readonly file: File; readonly bytes: number; readonly digest: Digest };

/**
 * An archive whose bytes hash to the pinned digest. `unpack` accepts only this type and only `verify` creates it: no other
 * type has the private field, so the compiler enforces "compare, then unpack".
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

  /** True only for objects that `verify` created. A cast can silence the compiler, so `unpack` also asks at run time. */
  static is(value: object): boolean {
    return #verified in value;
  }
}
