import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ZstdFrames } from '#functions/core/sandbox/archive/zstd-frames.ts';
import { skippableFrame } from '../../../fixtures/archives/zstd.ts';
import { Random } from '../../../fuzz/random.ts';

const refused = (reason: string) => expect.objectContaining({ name: 'ArchiveError', reason });

/** Splits pieces, and joins what came of them up to each frame's end. */
function split(pieces: readonly Buffer[]): Buffer {
  const frames = new ZstdFrames();
  const parts = pieces.flatMap((piece) => [...frames.split(piece)]);
  frames.end();
  return Buffer.concat(parts);
}

/** Frames with and without checksum, content size and blocks of each kind. */
const contents = [Buffer.alloc(0), Buffer.from('short'), Buffer.alloc(300_000), new Random(1).bytes(200_000)];
const frames = contents.flatMap((content) => [
  zstdCompressSync(content),
  zstdCompressSync(content, {
    params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_contentSizeFlag]: 0 },
  }),
]);

describe('ZstdFrames', () => {
  it('passes whole data frames on and drops skippable ones, for every division into chunks', () => {
    const stream = Buffer.concat(frames.flatMap((frame, index) => [skippableFrame(index * 7), frame]));
    const whole = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 40 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const pieces = borders.slice(1).map((end, index) => stream.subarray(borders[index], end));
        expect(split(pieces).equals(whole)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('ends a part at the end of its frame', () => {
    const stream = Buffer.concat(frames);
    const parts = [...new ZstdFrames().split(stream)];
    const joined = parts.flatMap((part, index) =>
      index % 2 === 1 ? [Buffer.concat([parts[index - 1] as Buffer, part])] : [],
    );
    expect(joined.map((frame) => zstdDecompressSync(frame).length)).toEqual(
      contents.flatMap(({ length }) => [length, length]),
    );
  });

  it.each([1, 3, 4, 5, 8, 11])('refuses a frame that is cut after %i bytes', (length) => {
    const first = frames[2] as Buffer;
    expect(() => split([first, first.subarray(0, length)])).toThrow(refused('TRUNCATED'));
    expect(() => split([skippableFrame(9).subarray(0, length)])).toThrow(refused('TRUNCATED'));
  });

  it('refuses bytes behind a frame that begin no other', () => {
    expect(() => split([frames[0] as Buffer, Buffer.from('GARBAGE')])).toThrow(refused('TRAILING_DATA'));
    expect(() => split([frames[0] as Buffer, Buffer.alloc(4)])).toThrow(refused('TRAILING_DATA'));
  });

  it('refuses the reserved bit of a frame header and the reserved block type', () => {
    expect(() => split([Buffer.from('28b52ffd08000000', 'hex')])).toThrow(refused('CORRUPT'));
    expect(() => split([Buffer.from('28b52ffd2000070000', 'hex')])).toThrow(refused('CORRUPT'));
  });

  it('refuses a million and one frames', () => {
    const thousand = Buffer.concat(Array.from({ length: 1_000 }, () => skippableFrame(0)));
    const stream = new ZstdFrames();
    const feed = () => [...stream.split(thousand)];
    for (let count = 0; count < 1_000; count++) feed();
    expect(feed).toThrow(refused('BOMB'));
  });

  it('returns frames or throws for any bytes', () => {
    const start = fc.constantFrom(Buffer.from('28b52ffd', 'hex'), Buffer.from('502a4d18', 'hex'), Buffer.alloc(0));
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 60 }), (magic, rest) => {
        try {
          split([Buffer.concat([magic, rest])]);
        } catch (error) {
          expect(error).toMatchObject({ name: 'ArchiveError' });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
