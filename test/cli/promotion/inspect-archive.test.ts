import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { findArchiveError } from '#functions/cli/promotion/inspect-archive.ts';
import { buildTar } from '../../../infra/local/demo/build-tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'pincast-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function faultOf(bytes: Buffer | string): Promise<string | undefined> {
  const path = join(folder, 'environment');
  writeFileSync(path, bytes);
  return findArchiveError(path);
}

const tar = buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\n' }]);
const large = buildTar([{ path: 'data', mode: 0o644, content: 'x'.repeat(3 * 1024 * 1024) }]);

describe('findArchiveError', () => {
  it.each([
    ['a tar', tar],
    ['a tar.gz', gzipSync(tar)],
    ['a tar.zst', zstdCompressSync(tar)],
    ['a tar larger than what is read of it', large],
    ['a tar.gz larger than what is read of it', gzipSync(large)],
  ])('accepts %s', async (_, bytes) => {
    expect(await faultOf(bytes)).toBeUndefined();
  });

  it.each<[string, Buffer | string, RegExp]>([
    ['text', '# Pincast\n\nkeeps a fleet', /got text that begins with "# Pincast keeps a fleet"$/],
    ['an empty file', '', /got an empty file$/],
    ['a zip archive', Buffer.from('504b03040a00', 'hex'), /got a zip archive$/],
    ['binary data', Buffer.from('00ff00ff', 'hex'), /got binary data that begins with 00ff00ff$/],
    ['gzip that holds no tar', gzipSync('no tar'.repeat(200)), /header/],
    ['gzip that is damaged', Buffer.concat([gzipSync(large).subarray(0, 12), Buffer.alloc(600, 1)]), /compressed data/],
  ])('names what it got instead of an archive: %s', async (_, bytes, message) => {
    expect(await faultOf(bytes)).toMatch(message);
  });
});
