import { describe, expect, it } from 'vitest';
import { lookWindow } from '../../functions/core/look-window.ts';
import { defaultRetryPolicy } from '../../functions/core/retry-policy.ts';
import { at } from '../fixtures/times.ts';

const DAY = 86_400;
const NOW = 10 * DAY;
const windowOf = (last: number | undefined, every: number) =>
  lookWindow(last === undefined ? undefined : at(last), every, defaultRetryPolicy, at(NOW));

describe('lookWindow', () => {
  it.each<[string, number | undefined, number, number]>([
    ['reaches back over the last look by one period', NOW - 4_000, 3_600, NOW - 7_600],
    ['reaches back by what was undecided then, where that is longer', NOW - 20, 10, NOW - 80],
    ['is a day where nobody looked before', undefined, 3_600, NOW - DAY],
    ['is never longer than a day', NOW - 5 * DAY, 3_600, NOW - DAY],
  ])('%s', (_, last, every, since) => {
    expect(windowOf(last, every).since).toEqual(at(since));
  });

  it('decides about no execution that its launcher may be recording', () => {
    expect(windowOf(undefined, 10).until).toEqual(at(NOW - 60));
  });
});
