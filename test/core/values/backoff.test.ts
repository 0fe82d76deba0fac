import { describe, expect, it } from 'vitest';
import { backoff } from '#functions/core/values/backoff.ts';

const pauses = { first: 100, longest: 1_000 };

describe('backoff', () => {
  it('doubles the pause with each attempt, up to the longest', () => {
    expect([1, 2, 3, 4, 5, 99].map((attempt) => backoff(attempt, pauses))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('takes attempt 0 for the first', () => {
    expect(backoff(0, pauses)).toBe(100);
  });

  it('spreads the pause between its half and all of it', () => {
    expect([0, 0.5, 1].map((random) => backoff(99, pauses, random))).toEqual([500, 750, 1_000]);
  });
});
