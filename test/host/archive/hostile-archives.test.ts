import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ArchiveReason } from '#functions/core/sandbox/archive/errors.ts';
import { gnuLong, header, type Made, pax, record, sealed, tar } from '../../fixtures/archives/tar.ts';
import { unpacking } from '../../fixtures/archives/unpacking.ts';
import { skippableFrame, zstdFrames } from '../../fixtures/archives/zstd.ts';

const honest: Made = { name: 'bin/work', content: '#!/bin/sh\n', mode: 0o755 };
const folder = (name: string): Made => ({ name, type: '5' });
const link = (name: string, target: string): Made => ({ name, type: '2', target });
const hard = (name: string, target: string): Made => ({ name, type: '1', target });
const file = (name: string, content = 'x'): Made => ({ name, content });

/** Each follows an honest entry, so that something would be left if a refusal cleaned up badly. */
const HOSTILE: [what: string, reason: ArchiveReason, entries: Made[]][] = [
  ['a name that goes up', 'LEAVES_FOLDER', [file('../escaped')]],
  ['a name that goes up and comes back', 'LEAVES_FOLDER', [file('a/../../env/escaped')]],
  ['a name that goes up at its end', 'LEAVES_FOLDER', [folder('a/..')]],
  ['an absolute name', 'ABSOLUTE_NAME', [file('/tmp/pincast-escaped')]],
  ['an absolute folder', 'ABSOLUTE_NAME', [folder('//tmp')]],
  ['no name', 'BAD_NAME', [file('')]],
  ['a file named for the environment itself', 'BAD_NAME', [file('.')]],
  ['a link to an absolute path', 'LEAVES_FOLDER', [link('a', '/etc/passwd')]],
  ['a link that goes up', 'LEAVES_FOLDER', [link('a', '../escaped')]],
  ['a deep link that goes up too far', 'LEAVES_FOLDER', [link('a/b/c', '../../../escaped')]],
  ['a link without target', 'BAD_LINK', [link('a', '')]],
  ['a link that leaves through another', 'LEAVES_FOLDER', [link('d/up', '..'), link('d/out', 'up/../escaped')]],
  ['a link that leaves through a later one', 'LEAVES_FOLDER', [link('d/out', 'up/../escaped'), link('d/up', '..')]],
  ['a circle of links', 'BAD_LINK', [link('a', 'b'), link('b', 'a')]],
  ['a file behind a link', 'THROUGH_LINK', [folder('d'), link('a', 'd'), file('a/escaped')]],
  ['a file behind a link to outside', 'THROUGH_LINK', [link('a', '..'), file('a/escaped')]],
  ['a file behind a link that comes after a folder', 'DUPLICATE', [file('a/b'), link('a', 'bin'), file('a/c')]],
  ['a file with the name of a link', 'DUPLICATE', [link('a', 'bin/work'), file('a')]],
  ['a folder with the name of a link', 'DUPLICATE', [link('a', 'bin'), folder('a')]],
  ['a link with the name of a link', 'DUPLICATE', [link('a', 'bin'), link('a', '.')]],
  ['a link with the name of a file', 'DUPLICATE', [file('a'), link('a', 'bin')]],
  ['a folder with the name of a file', 'DUPLICATE', [file('a'), folder('a')]],
  ['a file with the name of a folder', 'DUPLICATE', [folder('a'), file('a')]],
  ['a file below a file', 'DUPLICATE', [file('a'), file('a/b')]],
  ['a hard link that goes up', 'LEAVES_FOLDER', [hard('a', '../escaped')]],
  ['a hard link to an absolute path', 'ABSOLUTE_NAME', [hard('a', '/etc/passwd')]],
  ['a hard link to nothing', 'BAD_LINK', [hard('a', 'nothing')]],
  ['a hard link to a folder', 'BAD_LINK', [folder('d'), hard('a', 'd')]],
  ['a hard link through a link', 'BAD_LINK', [link('l', 'bin'), hard('a', 'l/work')]],
  ['a hard link to itself', 'BAD_LINK', [hard('a', 'a')]],
  ['a hard link to a link that leads out from there', 'LEAVES_FOLDER', [link('d/l', '..'), hard('l', 'd/l')]],
  ['a hard link with the name of a file', 'DUPLICATE', [file('a'), hard('a', 'bin/work')]],
  ['a repeated file whose second is behind a link', 'THROUGH_LINK', [file('d/a'), link('l', 'd'), file('l/a')]],
  ['a character device', 'UNSUPPORTED_TYPE', [{ name: 'null', type: '3' }]],
  ['a block device', 'UNSUPPORTED_TYPE', [{ name: 'sda', type: '4' }]],
  ['a FIFO', 'UNSUPPORTED_TYPE', [{ name: 'pipe', type: '6' }]],
  ['an unknown type', 'UNSUPPORTED_TYPE', [{ name: 'a', type: 'Z' }]],
  ['a type named like a property of all objects', 'UNSUPPORTED_TYPE', [{ name: 'a', type: '_' }]],
  ['a GNU sparse file', 'SPARSE', [{ name: 'a', type: 'S', content: 'x' }]],
  ['a GNU volume label', 'UNSUPPORTED_TYPE', [{ name: 'backup of Monday', type: 'V' }]],
  ['a GNU folder list', 'UNSUPPORTED_TYPE', [{ name: 'd/', type: 'D' }]],
  ['a folder that claims content', 'BAD_HEADER', [{ name: 'a', type: '5', size: 512 }]],
  ['a link that claims content', 'BAD_HEADER', [{ name: 'a', type: '2', target: 'bin', size: 512 }]],
];

describe('unpack of a hostile archive', () => {
  it.each(HOSTILE)('refuses an archive with %s', async (_what, reason, entries) => {
    await expectRefused(tar([honest, ...entries]), reason);
  });

  it.each(HOSTILE.slice(0, 12))('refuses a compressed archive with %s', async (_what, reason, entries) => {
    await expectRefused(gzipSync(tar([honest, ...entries])), reason);
    await expectRefused(zstdCompressSync(tar([honest, ...entries])), reason);
  });

  it.each<[string, ArchiveReason, Buffer]>([
    ['a pax name that goes up', 'LEAVES_FOLDER', pax({ path: '../escaped' })],
    ['a pax name with a NUL', 'BAD_NAME', pax({ path: 'a\0b' })],
    ['a GNU name that goes up', 'LEAVES_FOLDER', gnuLong('L', '../escaped')],
    ['a name of 101 folders', 'TOO_DEEP', pax({ path: `${'d/'.repeat(101)}f` })],
    ['a name that is too long', 'BAD_NAME', pax({ path: 'a'.repeat(256) })],
    ['a pax sparse file', 'SPARSE', pax({ 'GNU.sparse.major': '1' })],
    ['a global pax sparse file', 'BAD_HEADER', pax({ 'GNU.sparse.major': '1' }, 'g')],
    ['a size below 0 in base 256', 'BAD_HEADER', withNumber(124, Buffer.alloc(12, 0xff))],
    ['a mode below 0 in base 256', 'BAD_HEADER', withNumber(100, Buffer.alloc(8, 0xff))],
    ['a pax size that is no number', 'BAD_HEADER', pax({ size: '-1' })],
    ['a global pax name', 'BAD_HEADER', pax({ path: 'everything' }, 'g')],
    ['a pax record that lies about its length', 'BAD_HEADER', record({ name: 'p', type: 'x', content: '99 path=a\n' })],
    ['a pax record without length', 'BAD_HEADER', record({ name: 'p', type: 'x', content: 'path=a\n' })],
    ['a pax header of 2 MiB', 'BAD_HEADER', header({ name: 'p', type: 'x' }, 2 * 1024 * 1024)],
    ['a name that is not UTF-8', 'BAD_NAME', rawName(Buffer.from([0x61, 0xff, 0xfe]))],
  ])('refuses an archive whose header has %s', async (_what, reason, before) => {
    await expectRefused(Buffer.concat([record(honest), before, tar([file('a')])]), reason);
  });

  it.each([
    ['GNU', { name: 'hole', type: 'S', content: 'x' }, Buffer.alloc(0)],
    ['pax 0.0', file('hole'), pax({ 'GNU.sparse.size': '9' })],
    ['pax 1.0', file('GNUSparseFile.0/hole'), pax({ 'GNU.sparse.major': '1', 'GNU.sparse.name': 'hole' })],
  ])('refuses a %s sparse file by the file’s own name', async (_format, made, before) => {
    const ran = await unpacking(Buffer.concat([record(honest), before, tar([made])]));
    expect(ran).toMatchObject({ exitCode: 76, error: { reason: 'SPARSE', entry: 'hole' }, workDir: [] });
  });

  it('refuses a chain of 60 links', async () => {
    const chain = Array.from({ length: 60 }, (_, index) => link(`l${index}`, `l${index + 1}`));
    await expectRefused(tar([honest, ...chain]), 'BAD_LINK');
  });

  it.each([1, 511, 513, 700])('refuses an archive that ends after %i bytes', async (length) => {
    const reason = length < 512 ? 'NOT_AN_ARCHIVE' : 'TRUNCATED';
    await expectRefused(tar([honest, file('a')]).subarray(0, length), reason);
  });

  it('refuses an archive without its end marker', async () => {
    await expectRefused(record(honest), 'TRUNCATED');
    await expectRefused(Buffer.concat([record(honest), Buffer.alloc(512)]), 'TRUNCATED');
  });

  it('refuses a second archive behind the end marker', async () => {
    await expectRefused(Buffer.concat([tar([honest]), tar([file('../escaped')])]), 'TRAILING_DATA');
  });

  it('refuses a wrong header checksum', async () => {
    const broken = tar([honest, file('a')]);
    broken[1024] = 0x62;
    await expectRefused(broken, 'BAD_HEADER');
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdWithChecksum],
  ])('refuses a broken %s stream', async (_format, compress) => {
    const random = Buffer.concat(
      Array.from({ length: 4_000 }, (_, index) => createHash('sha256').update(`${index}`).digest()),
    );
    const whole = compress(tar([honest, { name: 'random', content: random }]));
    const flipped = Buffer.from(whole);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] as number) ^ 0xff;
    const ran = await unpacking(flipped);
    expect(ran).toMatchObject({ exitCode: 76, started: 0, workDir: [] });
    const short = await unpacking(whole.subarray(0, whole.length >> 1));
    expect(short).toMatchObject({ exitCode: 76, started: 0, workDir: [], error: { reason: 'TRUNCATED' } });
  });

  it('refuses a file of another format', async () => {
    await expectRefused(Buffer.alloc(0), 'NOT_AN_ARCHIVE');
    await expectRefused(Buffer.from('PK\x03\x04 a zip'), 'NOT_AN_ARCHIVE');
  });

  it('refuses more unpacked bytes than the limit, whatever the headers say', async () => {
    const large = tar([honest, { name: 'large', content: Buffer.alloc(300_000) }]);
    const cap = { maxEnvironmentBytes: 100_000 };
    const small = gzipSync(large);
    expect(await unpacking(small, cap)).toMatchObject({
      exitCode: 76,
      error: { reason: 'TOO_MANY_BYTES' },
      workDir: [],
    });
    expect(await unpacking(large, cap)).toMatchObject({
      exitCode: 76,
      error: { code: 'ENVIRONMENT_TOO_LARGE' },
      workDir: [],
    });
  });

  it('refuses a compression bomb', async () => {
    const bomb = gzipSync(tar([honest, { name: 'zeros', content: Buffer.alloc(80 * 1024 * 1024) }]));
    await expectRefused(bomb, 'BOMB');
  });
});

describe('unpack of an archive with a repeated file', () => {
  it.each([
    ['the same name', 'a'],
    ['another spelling of its name', './/a'],
  ])('keeps the last content, mode and time of a file repeated under %s', async (_how, again) => {
    const first = { name: 'a', content: 'the first is longer', mode: 0o755, mtime: 1_600_000_000 };
    const ran = await unpacking(tar([first, { name: again, content: 'last', mode: 0o600, mtime: 1_650_000_000 }]));
    expect(ran).toMatchObject({ exitCode: 0, started: 1, workDir: ['env', 'env/a'] });
    const stat = statSync(`${ran.env}/a`);
    expect(readFileSync(`${ran.env}/a`, 'utf8')).toBe('last');
    expect([stat.mode & 0o777, stat.mtimeMs]).toEqual([0o600, 1_650_000_000_000]);
  });

  it('keeps the first content in hard links that were made before the second', async () => {
    const ran = await unpacking(tar([file('a', 'first'), hard('b', 'a'), file('a', 'last'), hard('c', 'a')]));
    const contents = ['a', 'b', 'c'].map((name) => readFileSync(`${ran.env}/${name}`, 'utf8'));
    expect(contents).toEqual(['last', 'first', 'last']);
  });

  it('replaces a hard link’s name and keeps the other name’s content', async () => {
    const ran = await unpacking(tar([honest, hard('a', 'bin/work'), file('a', 'replaced')]));
    expect(readFileSync(`${ran.env}/a`, 'utf8')).toBe('replaced');
    expect(readFileSync(`${ran.env}/bin/work`, 'utf8')).toBe('#!/bin/sh\n');
  });

  it('counts a repeated file against the limit each time', async () => {
    const twice = [file('a', 'x'.repeat(60_000)), file('a', 'y'.repeat(60_000))];
    const ran = await unpacking(gzipSync(tar(twice)), { maxEnvironmentBytes: 100_000 });
    expect(ran).toMatchObject({ exitCode: 76, error: { reason: 'TOO_MANY_BYTES' }, workDir: [] });
  });
});

describe('unpack of a zstd stream of several frames', () => {
  const bytes = tar([honest, { name: 'a', content: Buffer.alloc(300_000, 'abc') }, file('last')]);
  const names = ['env', 'env/a', 'env/bin', 'env/bin/work', 'env/last'];

  it.each<[string, Buffer]>([
    ['cut anywhere', zstdFrames(bytes, [1, 512, 700, 200_001])],
    ['a skippable frame first', Buffer.concat([skippableFrame(12), zstdCompressSync(bytes)])],
    ['skippable frames in between and last', Buffer.concat([...spaced(zstdFrames(bytes, [512])), skippableFrame(0)])],
    ['a frame of nothing', Buffer.concat([zstdCompressSync(''), zstdCompressSync(bytes), zstdCompressSync('')])],
  ])('unpacks a stream with %s', async (_what, archive) => {
    expect(await unpacking(archive)).toMatchObject({ exitCode: 0, started: 1, workDir: names });
  });

  it.each<[string, ArchiveReason, Buffer]>([
    ['garbage after its frames', 'TRAILING_DATA', Buffer.concat([zstdCompressSync(bytes), Buffer.from('GARBAGE')])],
    ['a gzip member after its frames', 'TRAILING_DATA', Buffer.concat([zstdCompressSync(bytes), gzipSync('more')])],
    [
      'a second archive in its second frame',
      'TRAILING_DATA',
      zstdFrames(Buffer.concat([bytes, bytes]), [bytes.length]),
    ],
    ['its last frame cut', 'TRUNCATED', zstdFrames(bytes, [700]).subarray(0, -3)],
    ['its last skippable frame cut', 'TRUNCATED', cutSkippable(zstdCompressSync(bytes))],
    ['only skippable frames', 'TRUNCATED', skippableFrame(600)],
  ])('refuses a stream with %s', async (_what, reason, archive) => {
    await expectRefused(archive, reason);
  });

  it('refuses a compression bomb of many frames', async () => {
    const zeros = zstdCompressSync(Buffer.alloc(1024 * 1024));
    const body = Buffer.concat(Array.from({ length: 80 }, () => zeros));
    const start = zstdCompressSync(header({ name: 'zeros' }, 80 * 1024 * 1024));
    await expectRefused(Buffer.concat([start, body, zstdCompressSync(tar([]))]), 'BOMB');
  });
});

describe('unpack of an honest archive', () => {
  it.each([
    ['a pax time that no clock reaches', pax({ mtime: '1e300' })],
    ['a pax time in hexadecimal', pax({ mtime: '0x10' })],
    ['the largest time of base 256', withNumber(136, Buffer.from('80000000001fffffffffffff', 'hex'))],
    ['a time before 1970', withNumber(136, Buffer.alloc(12, 0xff))],
  ])('accepts %s', async (_what, before) => {
    const ran = await unpacking(Buffer.concat([before, tar([file('a')])]));
    expect(ran).toMatchObject({ exitCode: 0, started: 1 });
  });

  it('drops set-id and sticky bits, and keeps every other bit', async () => {
    const ran = await unpacking(
      tar([
        { ...honest, mode: 0o7755 },
        { name: 'd', type: '5', mode: 0o2750 },
      ]),
    );
    expect(ran).toMatchObject({ exitCode: 0, started: 1 });
    expect(statSync(`${ran.env}/bin/work`).mode & 0o7777).toBe(0o755);
    expect(statSync(`${ran.env}/d`).mode & 0o7777).toBe(0o750);
  });
});

function zstdWithChecksum(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

function withNumber(at: number, number: Buffer): Buffer {
  const block = header({ name: 'number' }, 0);
  number.copy(block, at);
  return sealed(block);
}

function cutSkippable(frames: Buffer): Buffer {
  return Buffer.concat([frames, skippableFrame(30).subarray(0, 20)]);
}

function spaced(frames: Buffer): Buffer[] {
  const border = frames.indexOf(Buffer.from('28b52ffd', 'hex'), 4);
  return [frames.subarray(0, border), skippableFrame(20), frames.subarray(border)];
}

function rawName(name: Buffer): Buffer {
  const block = header({ name: 'x' }, 0);
  name.copy(block);
  return sealed(block);
}

async function expectRefused(archive: Buffer, reason: ArchiveReason): Promise<void> {
  const ran = await unpacking(archive);
  expect(ran).toMatchObject({ exitCode: 76, started: 0, error: { code: 'ARCHIVE_REFUSED', reason } });
  expect(ran.workDir).toEqual([]);
  expect(ran.around).toEqual([]);
}
