import { describe, expect, it } from 'vitest';
import { contiguousBytes, rangesOf } from '#functions/core/sandbox/download.ts';
import { downloadRanges } from '#functions/flows/sandbox/download/download.ts';
import { StorageError } from '#functions/ports/sandbox.ts';
import { type Connection, FakeFile, FakeSource, fakeMachine } from '../fakes.ts';

const content = Buffer.from(Array.from({ length: 100_500 }, (_, index) => (index * 13) % 251));
const ranges = rangesOf(content.length, 10_000);
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

async function fetched(connections: Connection[]) {
  const source = new FakeSource(content, connections);
  const file = new FakeFile();
  const machine = fakeMachine();
  const bytes = await downloadRanges({ source, stat: await source.stat(), file }, ranges, machine);
  return { bytes, file, asked: source.asked };
}

describe('rangesOf', () => {
  it('covers every byte once', () => {
    expect(ranges).toHaveLength(11);
    expect(ranges.map(({ start }) => start)).toEqual([0, ...ranges.slice(0, -1).map(({ end }) => end)]);
    expect(ranges.at(-1)).toEqual({ start: 100_000, end: 100_500 });
    expect(rangesOf(0)).toEqual([{ start: 0, end: 0 }]);
  });
});

describe('frontierOf', () => {
  it('stops at the first gap', () => {
    const three = rangesOf(30, 10);
    expect(contiguousBytes(three, [0, 10, 10])).toBe(0);
    expect(contiguousBytes(three, [10, 3, 10])).toBe(13);
    expect(contiguousBytes(three, [10, 10, 10])).toBe(30);
  });
});

describe('downloadRanges', () => {
  it('writes every byte to its position', async () => {
    const { bytes, file } = await fetched([]);
    expect(bytes).toBe(content.length);
    expect(file.bytes.equals(content)).toBe(true);
    expect(file.hashed).toBe(content.length);
  });

  it('resumes a range at the byte where its connection broke', async () => {
    const { file, asked } = await fetched([{ brings: 4_000, error: reset }, { brings: 2_000 }]);
    expect(file.bytes.equals(content)).toBe(true);
    expect(asked).toContain(4_000);
    expect(asked).toContain(12_000);
  });

  it('fails if a range is missing', async () => {
    const gone = [{}, {}, { refuses: new StorageError('missing', 'gone') }];
    await expect(fetched(gone)).rejects.toMatchObject({ code: 'ENVIRONMENT_NOT_FOUND' });
  });

  it('fails if the server sends another range than requested', async () => {
    await expect(fetched([{}, { from: 0 }])).rejects.toMatchObject({ code: 'ENVIRONMENT_UNAVAILABLE' });
  });
});
