import { describe, expect, it } from 'vitest';
import { VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import { parseDigest } from '#functions/core/values/digest.ts';

const digest = parseDigest(`sha256:${'Ab'.repeat(32)}`);
const other = parseDigest(`sha256:${'cd'.repeat(32)}`);

describe('VerifiedArchive.verify', () => {
  it('accepts bytes with the pinned digest, in either case of the digits', () => {
    const archive = VerifiedArchive.verify({ file: 'f', bytes: 3, digest }, parseDigest(`sha256:${'aB'.repeat(32)}`));
    expect(archive).toMatchObject({ file: 'f', bytes: 3, digest });
    expect(VerifiedArchive.is(archive)).toBe(true);
  });

  it('refuses other bytes and names both digests', () => {
    expect(() => VerifiedArchive.verify({ file: 'f', bytes: 3, digest: other }, digest)).toThrow(
      expect.objectContaining({ name: 'DigestMismatchError', expected: digest, actual: other, bytes: 3 }),
    );
  });
});
