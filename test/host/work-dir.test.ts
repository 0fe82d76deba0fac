import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import { digestOfHex } from '#functions/core/values/digest.ts';
import { WorkDir } from '#functions/host/work-dir.ts';
import { tar } from '../fixtures/archives/tar.ts';
import { listing, temporaryFolder } from '../fixtures/archives/temporary-folder.ts';

const honest = tar([{ name: 'which', content: 'honest' }]);
const options = { env: {}, signal: new AbortController().signal, info: () => undefined };
const limits = { maxBytes: 1_000_000 };

function opened(path: string) {
  const workDir = new WorkDir(path, options);
  const file = workDir.open();
  file.append(honest);
  const digest = digestOfHex(createHash('sha256').update(honest).digest('hex'));
  return { workDir, file, digest, archive: { file, bytes: honest.length, digest } };
}

describe('WorkDir', () => {
  it('unpacks the verified bytes, although another process wrote into the private folder', async () => {
    const path = temporaryFolder();
    const { workDir, archive, digest } = opened(path);
    const verified = VerifiedArchive.verify(archive, digest);
    const [hidden = ''] = readdirSync(path);
    expect(listing(path)).toEqual([hidden]);
    const tampered = Buffer.from(honest);
    tampered.write('forged', 512);
    writeFileSync(join(path, hidden, 'archive'), tampered);
    await workDir.unpack(verified, limits);
    workDir.commit();
    workDir.cleanup();
    expect(readFileSync(join(path, 'env/which'), 'utf8')).toBe('honest');
    expect(listing(path)).toEqual(['env', 'env/which']);
  });

  it('leaves the archive no name that another process could open', () => {
    const { workDir, file } = opened(temporaryFolder());
    expect(readlinkSync(`/proc/self/fd/${file.descriptor}`)).toMatch(/ \(deleted\)$/);
    workDir.cleanup();
  });

  it('rejects an archive that a cast disguised as verified', async () => {
    const path = temporaryFolder();
    const { workDir, archive } = opened(path);
    const forged = archive as unknown as VerifiedArchive<(typeof archive)['file']>;
    await expect(workDir.unpack(forged, limits)).rejects.toMatchObject({ code: 'INTERNAL' });
    const prototyped = Object.setPrototypeOf({ ...archive }, VerifiedArchive.prototype);
    await expect(workDir.unpack(prototyped, limits)).rejects.toMatchObject({ code: 'INTERNAL' });
    workDir.cleanup();
    expect(listing(path)).toEqual([]);
  });

  it('rejects writes after cleanup, because the descriptor’s number may be reused', () => {
    const { workDir, file } = opened(temporaryFolder());
    workDir.cleanup();
    expect(() => file.append(Buffer.from('late'))).toThrow('closed');
  });

  it('stops unpacking a large file at the signal, and leaves nothing', async () => {
    const path = temporaryFolder();
    const stop = new AbortController();
    const workDir = new WorkDir(path, { ...options, signal: stop.signal });
    const file = workDir.open();
    const large = tar([{ name: 'large', content: Buffer.alloc(70 * 1024 * 1024) }]);
    file.append(large);
    const digest = await file.digest();
    const verified = VerifiedArchive.verify({ file, bytes: large.length, digest }, digest);
    const unpacked = workDir.unpack(verified, { maxBytes: 2 ** 30 });
    stop.abort('SIGTERM');
    await expect(unpacked).rejects.toBe('SIGTERM');
    workDir.cleanup();
    expect(listing(path)).toEqual([]);
  });

  it.each([
    [
      'a skippable zstd frame',
      () => Buffer.concat([Buffer.from('502a4d18f8ffff07', 'hex'), Buffer.alloc(2 ** 27 - 8)]),
    ],
    ['empty gzip members', () => Buffer.alloc(2 ** 26, gzipSync(''))],
  ])('stops in %s at the signal, and leaves nothing', async (_what, bytes) => {
    const path = temporaryFolder();
    const stop = new AbortController();
    const workDir = new WorkDir(path, { ...options, signal: stop.signal });
    const file = workDir.open();
    file.append(bytes());
    const digest = await file.digest();
    const verified = VerifiedArchive.verify({ file, bytes: file.length, digest }, digest);
    const unpacked = workDir.unpack(verified, { maxBytes: 2 ** 30 });
    stop.abort('SIGTERM');
    await expect(unpacked).rejects.toBe('SIGTERM');
    workDir.cleanup();
    expect(listing(path)).toEqual([]);
  });

  it('stops between small files at the signal, and leaves nothing', async () => {
    const path = temporaryFolder();
    const stop = new AbortController();
    const workDir = new WorkDir(path, { ...options, signal: stop.signal });
    const file = workDir.open();
    const many = tar(Array.from({ length: 15_000 }, (_, index) => ({ name: `f${index}`, content: 'x' })));
    file.append(many);
    const digest = await file.digest();
    const verified = VerifiedArchive.verify({ file, bytes: many.length, digest }, digest);
    setTimeout(() => stop.abort('SIGTERM'), 1);
    await expect(workDir.unpack(verified, { maxBytes: 2 ** 30 })).rejects.toBe('SIGTERM');
    expect(listing(path).length).toBeLessThan(12_000);
    workDir.cleanup();
    expect(listing(path)).toEqual([]);
  });

  it('rejects if a signal arrived while the last entry was written', async () => {
    const path = temporaryFolder();
    const stop = new AbortController();
    const workDir = new WorkDir(path, { ...options, signal: stop.signal });
    const file = workDir.open();
    file.append(honest);
    const digest = await file.digest();
    const onSignal = () => stop.abort('SIGUSR2');
    process.once('SIGUSR2', onSignal);
    process.kill(process.pid, 'SIGUSR2');
    const verified = VerifiedArchive.verify({ file, bytes: honest.length, digest }, digest);
    await expect(workDir.unpack(verified, limits)).rejects.toBe('SIGUSR2');
    workDir.cleanup();
  });

  it('names the error that prevents reading the archive, and leaves nothing', async () => {
    const path = temporaryFolder();
    const { workDir, archive, file, digest } = opened(path);
    file.read = () => {
      throw Object.assign(new Error('i/o error, read'), { code: 'EIO' });
    };
    const unpacked = workDir.unpack(VerifiedArchive.verify(archive, digest), limits);
    await expect(unpacked).rejects.toMatchObject({ code: 'UNPACK_FAILED', evidence: { errno: 'EIO' } });
    workDir.cleanup();
    expect(listing(path)).toEqual([]);
  });

  it.each(['env', 'activate.sh'])('refuses a work dir in which a link named %s leads nowhere', (name) => {
    const path = temporaryFolder();
    symlinkSync('nowhere', join(path, name));
    const unusable = expect.objectContaining({ code: 'WORK_DIR_UNUSABLE', exitCode: 73 });
    expect(() => new WorkDir(path, options).open()).toThrow(unusable);
    expect(listing(path)).toEqual([name]);
  });

  it('names the error that prevents writing', () => {
    const workDir = new WorkDir('/proc/nowhere/work', options);
    expect(() => workDir.open()).toThrow(expect.objectContaining({ code: 'WORK_DIR_UNUSABLE', exitCode: 73 }));
  });
});
