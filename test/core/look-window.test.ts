import { describe, expect, it } from 'vitest';
import { lookWindow } from '../../functions/core/look-window.ts';
import { defaultRetryPolicy } from '../../functions/core/retry-policy.ts';
import { at } from '../fixtures/times.ts';

const DAY = 86_400;
const NOW = 10 * DAY;
const windowOf = (undecidedSince: number | undefined, every = 3_600) =>
  lookWindow(undecidedSince === undefined ? undefined : at(undecidedSince), every, defaultRetryPolicy, at(NOW));

describe('lookWindow', () => {
  it.each<[string, number | undefined, number]>([
    ['begins where the last look has left it', NOW - 7_600, NOW - 7_600],
    ['is a day where nobody looked before', undefined, NOW - DAY],
    ['is never longer than a day', NOW - 5 * DAY, NOW - DAY],
  ])('%s', (_, undecidedSince, since) => {
    expect(windowOf(undecidedSince).since).toEqual(at(since));
  });

  it('decides about no execution that its launcher may be recording', () => {
    expect(windowOf(undefined).until).toEqual(at(NOW - 60));
  });

  it('leaves its own last period, or what was undecided in it, to the next', () => {
    expect(windowOf(undefined).next).toEqual(at(NOW - 3_600));
    expect(windowOf(undefined, 10).next).toEqual(at(NOW - 60));
  });
});
