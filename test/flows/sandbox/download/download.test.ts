import { describe, expect, it } from 'vitest';
import { download } from '#functions/flows/sandbox/download/download.ts';
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
  const archive = await download(source, await source.stat(), file, maxBytes, machine);
  return { archive, asked: source.asked, slept: machine.slept, said: machine.said };
}

describe('download', () => {
  it('brings the bytes and their digest', async () => {
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
  ])('goes on at the byte it reached where a connection %s', async (_how, connections) => {
    const { archive, asked, slept } = await fetched(connections);
    expect(asked).toEqual([0, 2_500, 6_500]);
    expect(archive.digest).toBe(digestOf(content));
    expect(archive.file.bytes.equals(content)).toBe(true);
    expect(slept).toEqual([100, 200]);
  });

  it('begins again where the server does', async () => {
    const { archive } = await fetched([{ brings: 2_500, error: reset }, { from: 0 }]);
    expect(archive).toMatchObject({ bytes: 10_000, digest: digestOf(content) });
    expect(archive.file.bytes.equals(content)).toBe(true);
  });

  it('accepts a connection that breaks after the last byte', async () => {
    expect((await fetched([{ brings: 10_000, error: reset }])).asked).toEqual([0]);
  });

  it('tries again where the server is overloaded', async () => {
    const { asked } = await fetched([{ refuses: new StorageError('unavailable', 'HTTP 503') }]);
    expect(asked).toEqual([0, 0]);
  });

  it('gives up after seven attempts that bring next to nothing, and says what broke them', async () => {
    const broken = Array.from({ length: 20 }, () => ({ brings: 1, error: reset }));
    await expect(fetched(broken)).rejects.toMatchObject({
      code: 'ENVIRONMENT_UNAVAILABLE',
      message: expect.stringContaining('after 7 attempts: read ECONNRESET'),
    });
  });

  it.each([
    ['missing', 'ENVIRONMENT_NOT_FOUND'],
    ['refused', 'ENVIRONMENT_UNAVAILABLE'],
  ] as const)('does not ask again for what is %s', async (kind, code) => {
    const source = new FakeSource(content, [{ refuses: new StorageError(kind, 'no') }]);
    const machine = fakeMachine();
    const run = download(source, await source.stat(), new FakeFile(), CAP, machine);
    await expect(run).rejects.toMatchObject({ code });
    expect(source.asked).toEqual([0]);
    expect(machine.slept).toEqual([]);
  });

  it('stops at the cap, where no header told the size', async () => {
    await expect(fetched([], { bytes: null }, 5_000)).rejects.toMatchObject({ code: 'ENVIRONMENT_TOO_LARGE' });
  });

  it('stops at the cap, where the header lied about the size', async () => {
    await expect(fetched([], { bytes: 100 }, 5_000)).rejects.toMatchObject({ code: 'ENVIRONMENT_TOO_LARGE' });
  });

  it.each(['ENOSPC', 'EROFS', 'EIO'])(
    'ends with 73 where the file cannot be written (%s), and asks no more',
    async (code) => {
      const source = new FakeSource(content, []);
      const file = new FakeFile();
      file.write = () => {
        throw Object.assign(new Error('write failed'), { code });
      };
      const downloading = download(source, await source.stat(), file, CAP, fakeMachine());
      await expect(downloading).rejects.toMatchObject({
        code: 'WORK_DIR_UNUSABLE',
        exitCode: 73,
        evidence: { errno: code },
      });
      expect(source.asked).toEqual([0]);
    },
  );

  it('shows no signature where a connection breaks', async () => {
    const error = new Error('GET https://host/tar?X-Goog-Signature=s3cret&x=1 failed');
    const { said } = await fetched([{ brings: 1, error }]);
    expect(said.join()).toContain('/tar?REDACTED');
    expect(said.join()).not.toContain('s3cret');
  });
});
