import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { TarEntry } from '#functions/core/sandbox/archive/tar/entry.ts';
import { CopyError, CopyThread } from '#functions/host/archive/copy-thread.ts';
import { temporaryFolder } from '../../fixtures/archives/temporary-folder.ts';

const MEBIBYTE = 1024 * 1024;

function buildEntry(name: string, start: number, size: number): TarEntry {
  return { name, type: 'file', size, start, mode: 0o644, mtime: 1_700_000_000.5, target: '' };
}

/** A thread that copies from an archive of these bytes; `finish` closes the archive. */
function startThread(bytes: Buffer) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'archive'), bytes);
  const archive = openSync(join(folder, 'archive'), 'r');
  return { folder, thread: new CopyThread(archive), close: () => closeSync(archive) };
}

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

describe('CopyThread', () => {
  it('copies ranges of the archive, sets their times and closes the files', async () => {
    const before = openDescriptors();
    const { folder, thread, close } = startThread(Buffer.from('..first.second'));
    const ranges = [buildEntry('first', 2, 5), buildEntry('second', 8, 6)];
    for (const entry of ranges) expect(thread.offer(openSync(join(folder, entry.name), 'wx'), entry)).toBe(true);
    await thread.finish();
    await thread.stop();
    close();
    for (const { name } of ranges) expect(readFileSync(join(folder, name), 'utf8')).toBe(name);
    expect(statSync(join(folder, 'first')).mtimeMs).toBe(1_700_000_000_500);
    expect(openDescriptors()).toBe(before);
  });

  it('names the file that cannot be written, copies none after it, and closes all', async () => {
    const before = openDescriptors();
    const { folder, thread, close } = startThread(Buffer.from('content'));
    const [full, later] = [buildEntry('full', 0, 7), buildEntry('later', 0, 7)];
    thread.offer(openSync('/dev/full', 'w'), full);
    thread.offer(openSync(join(folder, 'later'), 'wx'), later);
    const error: CopyError = await thread.finish().catch((cause) => cause);
    await thread.stop();
    close();
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({ code: 'ENOSPC', entry: full });
    expect(statSync(join(folder, 'later')).size).toBe(0);
    expect(openDescriptors()).toBe(before);
  });

  it('ends within a large file at the signal, and closes all', async () => {
    const before = openDescriptors();
    const bytes = 400 * MEBIBYTE;
    const { folder, thread, close } = startThread(Buffer.alloc(bytes));
    for (const name of ['large', 'later']) {
      thread.offer(openSync(join(folder, name), 'wx'), buildEntry(name, 0, bytes));
    }
    const stop = new AbortController();
    const finished = thread.finish(stop.signal);
    await vi.waitUntil(() => statSync(join(folder, 'large')).size > 0, { interval: 1, timeout: 60_000 });
    stop.abort('SIGTERM');
    await expect(finished).rejects.toBe('SIGTERM');
    await thread.stop();
    close();
    expect(statSync(join(folder, 'large')).size).toBeLessThan(bytes);
    expect(statSync(join(folder, 'later')).size).toBe(0);
    expect(openDescriptors()).toBe(before);
  });

  it('takes no more files than it can hold open', async () => {
    const before = openDescriptors();
    const { folder, thread, close } = startThread(Buffer.alloc(64 * MEBIBYTE));
    let taken = 0;
    for (let index = 0; index < 200; index++) {
      const file = openSync(join(folder, `f${index}`), 'wx');
      if (thread.offer(file, buildEntry(`f${index}`, 0, 64 * MEBIBYTE))) taken++;
      else closeSync(file);
    }
    await thread.stop();
    close();
    expect(taken).toBeGreaterThanOrEqual(64);
    expect(taken).toBeLessThan(200);
    expect(openDescriptors()).toBe(before);
  });
});
