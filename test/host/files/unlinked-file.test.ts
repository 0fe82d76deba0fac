import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UnlinkedFile } from '#functions/host/files/unlinked-file.ts';
import { temporaryFolder } from '../../fixtures/archives/temporary-folder.ts';

const MEBIBYTE = 1024 * 1024;

function openFile(): UnlinkedFile {
  const file = new UnlinkedFile(join(temporaryFolder(), 'archive'));
  onTestFinished(() => file.close());
  return file;
}

/** Writes pieces of uneven length; returns the digest that they should have. */
function fill(file: UnlinkedFile, bytes: number, seed: number): string {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(300_007, `piece ${seed}`);
  for (let left = bytes; left > 0; left -= piece.length) {
    const chunk = piece.subarray(0, Math.min(left, piece.length));
    file.append(chunk);
    hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

describe('UnlinkedFile.digest', () => {
  it.each([0, 1, 512 * 1024, 8 * MEBIBYTE - 1, 8 * MEBIBYTE, 40 * MEBIBYTE])(
    'returns the digest of %i bytes',
    async (bytes) => {
      const file = openFile();
      const expected = fill(file, bytes, 1);
      expect(await file.digest()).toBe(expected);
      expect(file.length).toBe(bytes);
    },
  );

  it('covers only the bytes that were written after a restart', async () => {
    const file = openFile();
    fill(file, 20 * MEBIBYTE, 1);
    file.restart();
    const expected = fill(file, 12 * MEBIBYTE, 2);
    expect(await file.digest()).toBe(expected);
  });

  it('rejects if the file is closed first', async () => {
    const file = openFile();
    fill(file, 20 * MEBIBYTE, 1);
    const digest = file.digest();
    file.close();
    await expect(digest).rejects.toThrow('the hash was stopped');
  });
});
