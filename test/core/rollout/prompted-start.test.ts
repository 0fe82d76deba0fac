import { describe, expect, it } from 'vitest';
import { decidePrompt } from '#functions/core/rollout/prompted-start.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { at, iso } from '../../fixtures/times.ts';

describe('decidePrompt', () => {
  it.each<[string, number | null, number, number, unknown]>([
    ['starts if no reconcile has started', null, 100, 100, 'start'],
    ['starts 2 s after the last start', 98, 100, 100, 'start'],
    ['waits for the rest of the 2 s', 99, 100, 100, { waitMs: 1_000 }],
    ['returns covered if a reconcile has started later', 102, 100, 103, 'covered'],
    ['starts if the other start is within the clocks’ tolerance of 1 s', 101, 100, 104, 'start'],
    ['starts if the last start lies in the future, which only a wrong clock writes', 500, 100, 100, 'start'],
  ])('decidePrompt %s', (_, startedAt, publishedAt, now, decision) => {
    const last =
      startedAt === null
        ? null
        : ({ formatVersion: FORMAT_VERSION, runtime: 'codex', startedAt: iso(startedAt), messageId: '1' } as const);
    expect(decidePrompt(last, { messageId: '2', publishTime: iso(publishedAt) }, at(now))).toEqual(decision);
  });
});
