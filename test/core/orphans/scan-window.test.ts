import { describe, expect, it } from 'vitest';
import { defaultRetryPolicy as policy } from '#functions/core/launch/retry-policy.ts';
import { decidableUntil, nextScanStart, scanStart } from '#functions/core/orphans/scan-window.ts';
import { at, iso } from '../../fixtures/times.ts';

const DAY = 86_400;
const NOW = 10 * DAY;

describe('scanStart', () => {
  it.each<[string, number | undefined, number]>([
    ['returns the last scan’s oldest undecided time', NOW - 7_600, NOW - 7_600],
    ['returns one day ago without an earlier scan', undefined, NOW - DAY],
    ['returns at most one day ago', NOW - 5 * DAY, NOW - DAY],
  ])('scanStart %s', (_, undecidedSince, since) => {
    expect(scanStart(undecidedSince === undefined ? undefined : iso(undecidedSince), at(NOW))).toEqual(at(since));
  });

  it('decidableUntil excludes executions that their launcher may be recording', () => {
    expect(decidableUntil(policy, at(NOW))).toEqual(at(NOW - 60));
  });

  it('nextScanStart covers the last interval and its undecided executions again', () => {
    expect(nextScanStart(3_600, policy, at(NOW))).toEqual(at(NOW - 3_600));
    expect(nextScanStart(10, policy, at(NOW))).toEqual(at(NOW - 60));
  });
});
