import { describe, expect, it } from 'vitest';
import { ArchiveError, DigestMismatchError } from '#functions/core/sandbox/archive/errors.ts';
import { asSandboxError, errorLine, receiptKindOf } from '#functions/core/sandbox/errors.ts';
import { parseDigest } from '#functions/core/values/digest.ts';

const expected = parseDigest(`sha256:${'ab'.repeat(32)}`);
const actual = parseDigest(`sha256:${'cd'.repeat(32)}`);

describe('asSandboxError', () => {
  it.each<[error: Error, exitCode: number, line: string]>([
    [
      new ArchiveError('DUPLICATE', 'a link has the name of a folder', 'lib'),
      76,
      '{"severity":"ERROR","code":"ARCHIVE_REFUSED","message":"a link has the name of a folder: \\"lib\\"","exitCode":76,' +
        '"reason":"DUPLICATE","entry":"lib"}',
    ],
    [
      new ArchiveError('TRUNCATED', 'the archive ends before its end marker'),
      76,
      '{"severity":"ERROR","code":"ARCHIVE_REFUSED","message":"the archive ends before its end marker","exitCode":76,' +
        '"reason":"TRUNCATED"}',
    ],
    [
      new DigestMismatchError(expected, actual, 3),
      65,
      `{"severity":"ERROR","code":"DIGEST_MISMATCH","message":"the environment is not what was pinned: expected ${expected}, ` +
        `got ${actual}","exitCode":65,"expected":"${expected}","actual":"${actual}","bytes":3}`,
    ],
  ])('gives %s its exit code, a refused receipt and the same error line', (error, exitCode, line) => {
    const mapped = asSandboxError(error);
    expect(mapped).toMatchObject({ exitCode, cause: error });
    expect(receiptKindOf(mapped.code)).toBe('refused');
    expect(errorLine(mapped)).toBe(line);
  });

  it('maps an unexpected error to INTERNAL with exit code 70', () => {
    expect(asSandboxError(new RangeError('out of range'))).toMatchObject({
      code: 'INTERNAL',
      exitCode: 70,
      message: 'out of range',
    });
  });
});
