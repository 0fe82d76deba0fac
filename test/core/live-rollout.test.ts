import { describe, expect, it } from 'vitest';
import type { Assignment } from '../../functions/core/assignment.ts';
import { isRolledOutElsewhere } from '../../functions/core/live-rollout.ts';
import { defaultRetryPolicy } from '../../functions/core/retry-policy.ts';
import { adoptedOf, assignmentOf, claimedOf } from '../fixtures/assignment.ts';
import { at, iso } from '../fixtures/times.ts';

/** Claims last 30 seconds: this one was made at that second. */
const claimedAt = (second: number, overrides: Partial<Assignment> = {}) =>
  claimedOf('acme', { notAfter: iso(second + 30), ...overrides });

const isLive = (...assignments: Assignment[]) => isRolledOutElsewhere(assignments, 'me', defaultRetryPolicy, at(1_000));

describe('a fleet is being rolled out by somebody else', () => {
  it('while a first claim is not older than a rollout is ever silent', () => {
    expect(isLive(claimedAt(911))).toBe(true);
    expect(isLive(claimedAt(909))).toBe(false);
    expect(isLive(claimedAt(100), claimedAt(990))).toBe(true);
  });

  it('also when what it launched has adopted meanwhile', () => {
    expect(isLive(adoptedOf('acme', { notAfter: iso(1_020) }))).toBe(true);
  });

  it.each([
    ['was made by this process', claimedAt(990, { owner: 'me' })],
    ['is a further attempt', claimedAt(990, { launchAttempt: 2 })],
    ['is tried again because nothing ever ran', claimedAt(990, { unlaunched: 1 })],
    ['was never made', assignmentOf()],
  ])('not by a claim that %s', (_, assignment) => {
    expect(isLive(assignment)).toBe(false);
  });
});
