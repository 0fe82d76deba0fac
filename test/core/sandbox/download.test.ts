import { describe, expect, it } from 'vitest';
import { contiguousBytes, rangesOf } from '#functions/core/sandbox/download.ts';

describe('rangesOf', () => {
  it('covers every byte once', () => {
    const ranges = rangesOf(100_500, 10_000);
    expect(ranges).toHaveLength(11);
    expect(ranges.map(({ start }) => start)).toEqual([0, ...ranges.slice(0, -1).map(({ end }) => end)]);
    expect(ranges.at(-1)).toEqual({ start: 100_000, end: 100_500 });
    expect(rangesOf(0)).toEqual([{ start: 0, end: 0 }]);
  });
});

describe('contiguousBytes', () => {
  it('stops at the first gap', () => {
    const three = rangesOf(30, 10);
    expect(contiguousBytes(three, [0, 10, 10])).toBe(0);
    expect(contiguousBytes(three, [10, 3, 10])).toBe(13);
    expect(contiguousBytes(three, [10, 10, 10])).toBe(30);
  });
});
