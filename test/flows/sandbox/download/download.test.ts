import { describe, expect, it } from 'vitest';
import { rangesOf } from '#functions/core/sandbox/download.ts';
import { download, downloadRanges } from '#functions/flows/sandbox/download/download.ts';
import { StorageError } from '#functions/ports/sandbox.ts';
import { digestOf } from '../../../sandbox/fleet.ts';
import { type Connection, FakeFile, FakeSource, fakeMachine } from '../fakes.ts';

const content = Buffer.from(Array.from({ length: 10_000 }, (_, index) => (index * 7) % 251));
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const CAP = 1_000_000;

async function fetched(connections: Connection[], stat = {}, maxBytes = CAP) {
  const source = new FakeSource(content, connections, stat);
  const machine = fakeMachine();
  const file = new FakeFile();
  const archive = await download({ source, stat: await source.stat(), file, maxBytes }, machine);
  return { archive, asked: source.asked, slept: machine.slept, said: machine.said };
}

describe('download', () => {
  it('returns the bytes and their digest', async () => {
    const { archive, asked } = await fetched([]);
    expect(archive).toMatchObject({ bytes: 10_000, digest: digestOf(content) });
    expect(archive.file.bytes.equals(content)).toBe(true);
    expect(asked).toEqual([0]);
  });

  it.each<[string, Connection[]]>([
    [
      'breaks',
      [
        { brings: 2_500, error: reset },
        { brings: 4_000, error: reset },
      ],
    ],
    ['ends too early', [{ brings: 2_500 }, { brings: 4_000 }]],
  ])('resumes at the byte it reached if a connection %s', async (_how, connections) => {
    const { archive, asked, slept } = await fetched(connections);
    expect(asked).toEqual([0, 2_500, 6_500]);
    expect(archive.digest).toBe(digestOf(content));
    expect(archive.file.bytes.equals(content)).toBe(true);
    expect(slept).toEqual([100, 200]);
  });

  it('starts again if the server does', async () => {
    const { archive } = await fetched([{ brings: 2_500, error: reset }, { from: 0 }]);
    expect(archive).toMatchObject({ bytes: 10_000, digest: digestOf(content) });
    expect(archive.file.bytes.equals(content)).toBe(true);
  });

  it('accepts a connection that breaks after the last byte', async () => {
    expect((await fetched([{ brings: 10_000, error: reset }])).asked).toEqual([0]);
  });

  it('retries an overloaded server', async () => {
    const { asked } = await fetched([{ refuses: new StorageError('unavailable', 'HTTP 503') }]);
    expect(asked).toEqual([0, 0]);
  });

  it('ends after seven attempts with next to no bytes, and names the last error', async () => {
    const broken = Array.from({ length: 20 }, () => ({ brings: 1, error: reset }));
    await expect(fetched(broken)).rejects.toMatchObject({
      code: 'ENVIRONMENT_UNAVAILABLE',
      message: expect.stringContaining('after 7 attempts: read ECONNRESET'),
    });
  });

  it.each([
    ['missing', 'ENVIRONMENT_NOT_FOUND'],
    ['refused', 'ENVIRONMENT_UNAVAILABLE'],
  ] as const)('does not retry an object that is %s', async (kind, code) => {
    const source = new FakeSource(content, [{ refuses: new StorageError(kind, 'no') }]);
    const machine = fakeMachine();
    const run = download({ source, stat: await source.stat(), file: new FakeFile(), maxBytes: CAP }, machine);
    await expect(run).rejects.toMatchObject({ code });
    expect(source.asked).toEqual([0]);
    expect(machine.slept).toEqual([]);
  });

  it('stops at the size limit without a declared size', async () => {
    await expect(fetched([], { bytes: null }, 5_000)).rejects.toMatchObject({ code: 'ENVIRONMENT_TOO_LARGE' });
  });

  it('stops at the size limit although the header declared a smaller size', async () => {
    await expect(fetched([], { bytes: 100 }, 5_000)).rejects.toMatchObject({ code: 'ENVIRONMENT_TOO_LARGE' });
  });

  it.each(['ENOSPC', 'EROFS', 'EIO'])(
    'throws exit code 73 if the file cannot be written (%s), and does not retry',
    async (code) => {
      const source = new FakeSource(content, []);
      const file = new FakeFile();
      file.write = () => {
        throw Object.assign(new Error('write failed'), { code });
      };
      const downloading = download({ source, stat: await source.stat(), file, maxBytes: CAP }, fakeMachine());
      await expect(downloading).rejects.toMatchObject({
        code: 'WORK_DIR_UNUSABLE',
        exitCode: 73,
        evidence: { errno: code },
      });
      expect(source.asked).toEqual([0]);
    },
  );

  it('hides the signature when a connection breaks', async () => {
    const error = new Error('GET https://host/tar?X-Goog-Signature=s3cret&x=1 failed');
    const { said } = await fetched([{ brings: 1, error }]);
    expect(said.join()).toContain('/tar?REDACTED');
    expect(said.join()).not.toContain('s3cret');
  });
});

describe('downloadRanges', () => {
  const whole = Buffer.from(Array.from({ length: 100_500 }, (_, index) => (index * 13) % 251));

  async function fetchRanges(connections: Connection[]) {
    const source = new FakeSource(whole, connections);
    const file = new FakeFile();
    const ranges = rangesOf(whole.length, 10_000);
    const bytes = await downloadRanges({ source, stat: await source.stat(), file }, ranges, fakeMachine());
    return { bytes, file, asked: source.asked };
  }

  it('writes every byte to its position', async () => {
    const { bytes, file } = await fetchRanges([]);
    expect(bytes).toBe(whole.length);
    expect(file.bytes.equals(whole)).toBe(true);
    expect(file.hashed).toBe(whole.length);
  });

  it('resumes a range at the byte where its connection broke', async () => {
    const { file, asked } = await fetchRanges([{ brings: 4_000, error: reset }, { brings: 2_000 }]);
    expect(file.bytes.equals(whole)).toBe(true);
    expect(asked).toContain(4_000);
    expect(asked).toContain(12_000);
  });

  it('fails if a range is missing', async () => {
    const gone = [{}, {}, { refuses: new StorageError('missing', 'gone') }];
    await expect(fetchRanges(gone)).rejects.toMatchObject({ code: 'ENVIRONMENT_NOT_FOUND' });
  });

  it('fails if the server sends another range than requested', async () => {
    await expect(fetchRanges([{}, { from: 0 }])).rejects.toMatchObject({ code: 'ENVIRONMENT_UNAVAILABLE' });
  });
});
