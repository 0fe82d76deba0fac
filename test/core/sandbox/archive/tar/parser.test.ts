import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiveError } from '#functions/core/sandbox/archive/errors.ts';
import type { TarEntry } from '#functions/core/sandbox/archive/tar/entry.ts';
import { readHeader } from '#functions/core/sandbox/archive/tar/header.ts';
import { TarParser } from '#functions/core/sandbox/archive/tar/parser.ts';
import { endOfArchive, entryHeader, paddingOf, type WrittenEntry } from '#functions/core/sandbox/archive/tar/writer.ts';
import { gnuLong, header, pax, record, sealed, tar } from '../../../../fixtures/archives/tar.ts';
import { Random } from '../../../../fuzz/random.ts';

type Read = { entry: TarEntry; content: string };

function parse(pieces: readonly Buffer[]): Read[] {
  const read: Read[] = [];
  const parser = new TarParser({
    entry: (entry) => read.push({ entry, content: '' }) > 0,
    content: (chunk, start, end) => {
      (read.at(-1) as Read).content += chunk.toString('latin1', start, end);
    },
    close: () => undefined,
  });
  for (const piece of pieces) parser.write(piece);
  parser.end();
  return read;
}

function passPiece(parser: TarParser, piece: Buffer): number {
  parser.write(piece);
  return piece.length;
}

const long = 'n'.repeat(150);
const archive = Buffer.concat([
  pax({ path: `p/${long}`, mtime: '12.5', 'SCHILY.xattr.user.x': 'a=b' }),
  record({ name: 'ignored', content: 'x'.repeat(700) }),
  gnuLong('L', `g/${long}`),
  gnuLong('K', long),
  record({ name: 'ignored', type: '2', target: 'ignored' }),
  pax({ comment: 'a commit' }, 'g'),
  tar([
    { name: 'file', prefix: 'ustar/prefix', content: 'abc', mode: 0o4755 },
    { name: 'old/', mode: 0o700 },
  ]),
]);

describe('TarParser', () => {
  it('passes over content that the sink does not take, and says where it is', () => {
    const contents = ['', 'a', 'b'.repeat(511), 'c'.repeat(512), 'd'.repeat(5_000)];
    const bytes = tar(contents.map((content, index) => ({ name: `f${index}`, content })));
    const entries: TarEntry[] = [];
    const unexpected = () => expect.unreachable();
    const parser = new TarParser({
      entry: (entry) => entries.push(entry) === 0,
      content: unexpected,
      close: unexpected,
    });
    for (let at = 0; at < bytes.length; at += parser.skip()) at += passPiece(parser, bytes.subarray(at, at + 700));
    parser.end();
    expect(entries.map(({ start, size }) => bytes.toString('latin1', start, start + size))).toEqual(contents);
  });

  it('reads ustar, pax and GNU names', () => {
    const read = parse([archive]);
    expect(read.map(({ entry }) => [entry.type, entry.name, entry.target, entry.mode, entry.mtime])).toEqual([
      ['file', `p/${long}`, '', 0o644, 12.5],
      ['symlink', `g/${long}`, long, 0o644, 1_700_000_000],
      ['file', 'ustar/prefix/file', '', 0o755, 1_700_000_000],
      ['directory', 'old/', '', 0o700, 1_700_000_000],
    ]);
    expect(read.map(({ content }) => content.length)).toEqual([700, 0, 3, 0]);
  });

  it('reads the same entries for every division into chunks', () => {
    const whole = parse([archive]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: archive.length }), { maxLength: 30 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), archive.length];
        const pieces = borders.slice(1).map((end, index) => archive.subarray(borders[index], end));
        expect(parse(pieces)).toEqual(whole);
      }),
    );
  });

  it('reads the writer’s entries, for any names', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }).filter((text) => !/[\0/]/.test(text));
    const entry = fc.record<WrittenEntry>({
      name,
      type: fc.constantFrom('file' as const, 'symlink' as const),
      size: fc.integer({ min: 0, max: 2_000 }),
      mode: fc.integer({ min: 0, max: 0o777 }),
      mtime: fc.integer({ min: 0, max: 2 ** 32 }),
      target: name,
    });
    fc.assert(
      fc.property(entry, (made) => {
        const { type } = made;
        const written = type === 'file' ? { ...made, target: '' } : { ...made, size: 0 };
        const body = Buffer.alloc(written.size, 'b');
        const head = entryHeader(written);
        const bytes = Buffer.concat([head, body, paddingOf(body.length), endOfArchive]);
        expect(parse([bytes])).toEqual([{ entry: { ...written, start: head.length }, content: body.toString() }]);
      }),
    );
  });

  it('reads sizes from 8 GiB in base 256', () => {
    const block = header({ name: 'large' }, 0);
    Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1]).copy(block, 124);
    expect(readHeader(sealed(block), 0)).toMatchObject({ size: 2 ** 33 + 1 });
    block.fill(0xff, 125, 136);
    expect(() => readHeader(sealed(block), 0)).toThrow(ArchiveError);
  });
});

describe('readHeader', () => {
  it('returns a header or throws for any block, in bounded time', () => {
    const block = fc.integer().map((seed) => {
      const random = new Random(seed);
      return Buffer.from(Array.from({ length: 512 }, () => random.below(256)));
    });
    const start = performance.now();
    fc.assert(
      fc.property(block, fc.boolean(), (bytes, isSealed) => {
        try {
          readHeader(isSealed ? sealed(bytes) : bytes, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(ArchiveError);
        }
      }),
      { numRuns: 5_000, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true },
    );
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
