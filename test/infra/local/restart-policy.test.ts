import { describe, expect, it } from 'vitest';
import { restartAfter } from '../../../infra/local/functions/restart-policy.ts';

/** The pauses of a function that ends again and again, each time after it served this long. */
function pausesOf(servedMs: number, times: number): (number | undefined)[] {
  let failures = 0;
  return Array.from({ length: times }, () => {
    const restart = restartAfter(failures, servedMs);
    failures = restart.failures;
    return restart.pauseMs;
  });
}

describe('restartAfter', () => {
  it('doubles the pause of a function that keeps ending, up to 10 s', () => {
    expect(pausesOf(0, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('gives up a function that ended 16 times in a row without serving for 2 s', () => {
    expect(pausesOf(1_999, 16).slice(14)).toEqual([10_000, undefined]);
  });

  it('starts a function again after 0.1 s however often it ended, if it had served for 2 s', () => {
    expect(new Set(pausesOf(2_000, 100))).toEqual(new Set([100]));
  });
});
