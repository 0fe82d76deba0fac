import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile, fileProblems, readUnchanged } from '#functions/cli/file-digest.ts';

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pincast-digest-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function writeTestFile(name: string, bytes: number): { path: string; content: Buffer } {
  const content = Buffer.alloc(bytes, name);
  writeFileSync(join(home, name), content);
  return { path: join(home, name), content };
}

async function read(pieces: AsyncIterable<Buffer>): Promise<{ bytes: number; error?: unknown }> {
  let bytes = 0;
  try {
    for await (const piece of pieces) bytes += piece.length;
    return { bytes };
  } catch (error) {
    return { bytes, error };
  }
}

describe('fileProblems', () => {
  it('fileProblems accepts only regular files within the size limit', () => {
    const { path } = writeTestFile('sized', 100);
    expect(fileProblems(path, 100)).toEqual({});
    expect(fileProblems(path, 99).unfit).toContain('has 100 bytes; the limit is 99');
    expect(fileProblems('/dev/null', 100).unfit).toContain('is a pipe or a device');
    expect(fileProblems(join(home, 'absent'), 100).missing).toContain('there is no file');
  });
});

describe('digestFile', () => {
  it.each([0, 1, 1024 * 1024, 3 * 1024 * 1024 + 7])('digestFile hashes all %i bytes', async (bytes) => {
    const { path, content } = writeTestFile(`file-${bytes}`, bytes);
    expect(await digestFile(path)).toEqual({
      digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
      md5: createHash('md5').update(content).digest('base64'),
      bytes,
    });
  });

  it.each([
    ['absent', 'there is no file'],
    ['.', 'is a directory'],
    ['file-1/below', 'there is no file'],
  ])('digestFile refuses %s', async (name, message) => {
    await expect(digestFile(join(home, name))).rejects.toMatchObject({
      exitCode: 66,
      message: expect.stringContaining(message),
    });
  });
});

describe('readUnchanged', () => {
  it('readUnchanged yields the hashed bytes', async () => {
    const { path, content } = writeTestFile('same', 2_500_000);
    expect(await read(readUnchanged(path, await digestFile(path)))).toEqual({ bytes: content.length });
  });

  it('readUnchanged throws before the end of a changed file, so that no upload completes', async () => {
    const { path, content } = writeTestFile('changing', 2_500_000);
    const digest = await digestFile(path);
    appendFileSync(path, 'more');
    const { bytes, error } = await read(readUnchanged(path, digest));
    expect(error).toMatchObject({ exitCode: 66, message: expect.stringContaining('changed while it was uploaded') });
    expect(bytes).toBeLessThan(content.length);
  });
});
