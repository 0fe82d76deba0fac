import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LaunchTimes, reserveLaunchTimes } from '../../functions/core/launch-times.ts';
import { FORMAT_VERSION } from '../../functions/core/record.ts';
import { at, START } from '../fixtures/times.ts';

const empty: LaunchTimes = { formatVersion: FORMAT_VERSION, reserved: [] };
const HORIZON = 10_000;

/** The most times that any window of 60 seconds holds. */
function fullestMinute(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.reduce((most, start) => {
    const inWindow = sorted.filter((time) => time >= start && time < start + 60_000).length;
    return Math.max(most, inWindow);
  }, 0);
}

describe('reserved launch times', () => {
  const reservers = fc.record({
    perMinute: fc.integer({ min: 1, max: 40 }),
    turns: fc.array(
      fc.record({
        want: fc.integer({ min: 1, max: 60 }),
        pause: fc.oneof(fc.nat({ max: 500 }), fc.nat({ max: 30_000 })),
        /** Processes do not agree on the time. */
        skew: fc.integer({ min: -3_000, max: 3_000 }),
      }),
      { maxLength: 60 },
    ),
  });

  it('never hold more than the quota in any 60 seconds, whoever reserves when, and are given out once', () => {
    fc.assert(
      fc.property(reservers, ({ perMinute, turns }) => {
        let taken = empty;
        let now = START;
        const all: number[] = [];
        for (const { want, pause, skew } of turns) {
          now += pause;
          const start = now + skew;
          const { times, askAgainAt, next } = reserveLaunchTimes(taken, want, perMinute, new Date(start));
          expect(times.length).toBeLessThanOrEqual(Math.min(want, Math.ceil(perMinute / 6)));
          for (const time of times) {
            expect(time).toBeGreaterThanOrEqual(start);
            expect(time).toBeLessThanOrEqual(start + HORIZON);
          }
          if (times.length === 0) expect(askAgainAt).toBeGreaterThan(start);
          expect(next.reserved).toEqual(next.reserved.toSorted((a, b) => a - b));
          all.push(...times);
          taken = next;
        }
        expect(fullestMinute(all)).toBeLessThanOrEqual(perMinute);
      }),
      { numRuns: 300 },
    );
  });

  it('keep no more in memory than the quota of the window', () => {
    let taken = empty;
    for (let second = 0; second < 600; second++) taken = reserveLaunchTimes(taken, 1000, 180, at(second)).next;
    expect(taken.reserved.length).toBeLessThanOrEqual(2 * 180);
  });

  it('do not change what was read', () => {
    const taken = { ...empty, reserved: [START] };
    reserveLaunchTimes(taken, 5, 180, at(0));
    expect(taken.reserved).toEqual([START]);
  });

  it('use the whole quota: one minute’s launches go out at once, the next as soon as the window allows', () => {
    const { launched } = race(180, [{ name: 'rollout', want: 540, from: 0 }]);
    const seconds = launched.map(({ time }) => (time - START) / 1000);
    expect(seconds[179]).toBeLessThan(0.1);
    expect(seconds.at(-1)).toBeLessThan(2 * 61 + 0.1);
  });

  it('leave a hotfix its turn beside a long rollout that is always faster', () => {
    const { launched } = race(180, [
      { name: 'rollout', want: 2_000, from: 0 },
      { name: 'hotfix', want: 3, from: 65 },
    ]);
    const hotfix = launched.filter(({ name }) => name === 'hotfix').map(({ time }) => (time - START) / 1000);
    expect(hotfix).toHaveLength(3);
    expect(Math.max(...hotfix)).toBeLessThanOrEqual(65 + 61 + 10);
    const between = launched.filter(({ name, time }) => name === 'rollout' && (time - START) / 1000 >= 126);
    expect(between.length).toBeGreaterThan(0);
  });

  it('starve nobody: of several long rollouts each gets its share', () => {
    const rollouts = ['a', 'b', 'c'].map((name) => ({ name, want: 10_000, from: 0 }));
    const { launched } = race(180, rollouts, 600);
    for (const { name } of rollouts) {
      expect(launched.filter((launch) => launch.name === name).length).toBeGreaterThan(launched.length / 5);
    }
  });

  it.each([1, 2, 5])('make progress with a quota of %d a minute', (perMinute) => {
    const { launched } = race(perMinute, [{ name: 'rollout', want: 3 * perMinute, from: 0 }]);
    expect(launched).toHaveLength(3 * perMinute);
    expect(fullestMinute(launched.map(({ time }) => time))).toBeLessThanOrEqual(perMinute);
  });
});

type Reserver = { name: string; want: number; from: number };

/** Reservers that come back when their last batch has been launched; of those who come at the same time the first wins. */
function race(perMinute: number, reservers: readonly Reserver[], until = 100_000) {
  const launched: { name: string; time: number }[] = [];
  const open = reservers.map((reserver) => ({ ...reserver, next: START + reserver.from * 1000 }));
  let taken = empty;
  for (;;) {
    const [turn] = open.filter(({ want }) => want > 0).toSorted((a, b) => a.next - b.next);
    if (turn === undefined || turn.next > START + until * 1000) return { launched };
    const { times, askAgainAt, next } = reserveLaunchTimes(taken, turn.want, perMinute, new Date(turn.next));
    taken = next;
    turn.want -= times.length;
    launched.push(...times.map((time) => ({ name: turn.name, time })));
    turn.next = Math.max(turn.next + 1, times.at(-1) ?? askAgainAt);
  }
}
