import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterProbe,
  afterRefusal,
  isExpired,
  type LaunchSlot,
  launchQuotaSchema,
  noReservations,
  reserveSlots,
} from '#functions/core/launch/quota.ts';
import { parseRecord } from '#functions/core/records/codec.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { at, START } from '../../fixtures/times.ts';

const empty = noReservations;
const HORIZON = 10_000;

/** The most times that any window of 60 seconds holds. */
function fullestMinute(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted.reduce((most, start) => {
    const inWindow = sorted.filter((time) => time >= start && time < start + 60_000).length;
    return Math.max(most, inWindow);
  }, 0);
}

describe('reserveSlots', () => {
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

  it('never reserves more than the quota in any 60 s', () => {
    fc.assert(
      fc.property(reservers, ({ perMinute, turns }) => {
        let taken = empty;
        let now = START;
        const all: number[] = [];
        for (const { want, pause, skew } of turns) {
          now += pause;
          const start = now + skew;
          const { slots, retryAfter, next } = reserveSlots(
            taken,
            { want: want, perMinute: perMinute },
            new Date(start),
          );
          const times = slots.map(({ at }) => at);
          expect(times.length).toBeLessThanOrEqual(Math.min(want, Math.ceil(perMinute / 6)));
          for (const time of times) {
            expect(time).toBeGreaterThanOrEqual(start);
            expect(time).toBeLessThanOrEqual(start + HORIZON);
          }
          if (times.length === 0) expect(retryAfter).toBeGreaterThan(start);
          expect(next.reserved).toEqual(next.reserved.toSorted((a, b) => a - b));
          all.push(...times);
          taken = next;
        }
        expect(fullestMinute(all)).toBeLessThanOrEqual(perMinute);
      }),
      { numRuns: 300 },
    );
  });

  it('stores at most the quota of one window', () => {
    let taken = empty;
    for (let second = 0; second < 600; second++)
      taken = reserveSlots(taken, { want: 1000, perMinute: 180 }, at(second)).next;
    expect(taken.reserved.length).toBeLessThanOrEqual(2 * 180);
  });

  it('does not mutate its input', () => {
    const taken = { ...empty, reserved: [START] };
    reserveSlots(taken, { want: 5, perMinute: 180 }, at(0));
    expect(taken.reserved).toEqual([START]);
  });

  it('uses the whole quota, the next window’s slots as soon as it allows', () => {
    const { launched } = race(180, [{ name: 'rollout', want: 540, from: 0 }]);
    const seconds = launched.map(({ time }) => (time - START) / 1000);
    expect(seconds[179]).toBeLessThan(0.1);
    expect(seconds.at(-1)).toBeLessThan(2 * 61 + 0.1);
  });

  it('reserves slots for a hotfix beside a faster long rollout', () => {
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

  it('gives each of several long rollouts its share', () => {
    const rollouts = ['a', 'b', 'c'].map((name) => ({ name, want: 10_000, from: 0 }));
    const { launched } = race(180, rollouts, 600);
    for (const { name } of rollouts) {
      expect(launched.filter((launch) => launch.name === name).length).toBeGreaterThan(launched.length / 5);
    }
  });

  it.each([1, 2, 5])('makes progress with a quota of %d a minute', (perMinute) => {
    const { launched } = race(perMinute, [{ name: 'rollout', want: 3 * perMinute, from: 0 }]);
    expect(launched).toHaveLength(3 * perMinute);
    expect(fullestMinute(launched.map(({ time }) => time))).toBeLessThanOrEqual(perMinute);
  });
});

const QUOTA = 180;

function slotsOf(taken = empty, seconds = 0, want = 100): LaunchSlot[] {
  return reserveSlots(taken, { want: want, perMinute: QUOTA }, at(seconds)).slots;
}

describe('reserveSlots', () => {
  it.each([
    ['an hour ahead', [START + 3_600_000]],
    ['an hour ahead, the quota of a minute', Array.from({ length: QUOTA }, () => START + 3_600_000)],
    ['just beyond the lookahead and the largest skew', [START + HORIZON + 5_001]],
  ])('ignores reservations %s, which no clock can have made', (_title, reserved) => {
    const { slots, next } = reserveSlots({ ...empty, reserved }, { want: 100, perMinute: QUOTA }, at(0));
    expect(slots).toHaveLength(30);
    expect(slots.every((slot) => slot.at === START)).toBe(true);
    expect(next.reserved).toEqual(slots.map((slot) => slot.at));
  });

  it('counts the reservations of a process whose clock is 5 s ahead', () => {
    const reserved = Array.from({ length: QUOTA }, () => START + HORIZON + 5_000);
    expect(slotsOf({ ...empty, reserved })).toEqual([]);
    expect(reserveSlots({ ...empty, reserved }, { want: 1, perMinute: QUOTA }, at(0)).next.reserved).toEqual(reserved);
  });

  it('reserves no slot after the caller’s deadline', () => {
    const before = at(65);
    const { next } = reserveSlots(empty, { want: 100, perMinute: 1 }, at(0));
    const request = { want: 100, perMinute: 1, before };
    expect(reserveSlots(next, request, at(55)).slots.map((slot) => slot.at)).toEqual([at(61).getTime()]);
    expect(reserveSlots(next, { ...request, before: at(61) }, at(55))).toEqual({
      slots: [],
      retryAfter: at(61).getTime(),
      next,
    });
  });

  it('ignores a pause that lasts longer than any pause', () => {
    expect(slotsOf({ ...empty, refusals: 1, pausedUntil: START + 3_600_000 })).toHaveLength(1);
  });

  it('parses an object of a version without pauses', () => {
    const text = JSON.stringify({ formatVersion: FORMAT_VERSION, reserved: [START] });
    expect(parseRecord(launchQuotaSchema, text, 'quota')).toEqual({ ...empty, reserved: [START] });
  });
});

describe('afterRefusal', () => {
  const slot = { at: START, isProbe: false };

  it('pauses the location, for twice as long each time in a row, up to five minutes', () => {
    let taken = afterRefusal(empty, slot, at(0));
    const pauses = [taken.pausedUntil - START];
    for (let probes = 0; probes < 6; probes++) {
      const now = new Date(taken.pausedUntil);
      const { slots, next } = reserveSlots(taken, { want: 100, perMinute: QUOTA }, now);
      expect(slots).toEqual([{ at: now.getTime(), isProbe: true }]);
      taken = afterRefusal(next, { at: now.getTime(), isProbe: true }, now);
      pauses.push(taken.pausedUntil - now.getTime());
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  it('reserves no slot during a pause, and returns when to retry', () => {
    const taken = afterRefusal(afterRefusal(empty, slot, at(0)), { at: START, isProbe: true }, at(0));
    expect(reserveSlots(taken, { want: 100, perMinute: QUOTA }, at(9))).toEqual({
      slots: [],
      retryAfter: START + 20_000,
      next: taken,
    });
    expect(slotsOf(taken, 19.9)).toEqual([]);
    expect(slotsOf(taken, 20)).toEqual([{ at: START + 20_000, isProbe: true }]);
  });

  it('counts concurrent refusals once', () => {
    const first = afterRefusal(empty, slot, at(0));
    const all = [1, 2, 3].reduce((taken, seconds) => afterRefusal(taken, slot, at(seconds)), first);
    expect(all).toEqual(first);
  });

  it('reserves one probe at a time; other processes wait for its outcome', () => {
    const { next } = reserveSlots(afterRefusal(empty, slot, at(0)), { want: 100, perMinute: QUOTA }, at(10));
    expect(slotsOf(next, 19.9)).toEqual([]);
    expect(slotsOf(next, 20)).toEqual([{ at: START + 20_000, isProbe: true }]);
  });

  it('ends after an accepted probe, and batches grow from one', () => {
    const { next } = reserveSlots(afterRefusal(empty, slot, at(0)), { want: 100, perMinute: QUOTA }, at(10));
    let taken = afterProbe(next, at(10.1));
    const batches = [];
    for (let second = 11; second < 18; second++) {
      const reservation = reserveSlots(taken, { want: 100, perMinute: QUOTA }, at(second));
      batches.push(reservation.slots.length);
      taken = reservation.next;
      expect(reservation.slots.some(({ isProbe }) => isProbe)).toBe(false);
    }
    expect(batches).toEqual([1, 2, 4, 8, 16, 30, 30]);
    expect(slotsOf(taken, 100)).toHaveLength(30);
  });

  it('afterProbe changes nothing without refusals', () => {
    expect(afterProbe(empty, at(5))).toBe(empty);
  });
});

describe('isExpired', () => {
  it.each([
    [-1, false],
    [0, false],
    [999, false],
    [1_000, true],
  ])('a slot %d ms after its time is expired: %s', (milliseconds, expected) => {
    expect(isExpired({ at: START, isProbe: false }, new Date(START + milliseconds))).toBe(expected);
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
    const { slots, retryAfter, next } = reserveSlots(
      taken,
      { want: turn.want, perMinute: perMinute },
      new Date(turn.next),
    );
    const times = slots.map((slot) => slot.at);
    taken = next;
    turn.want -= times.length;
    launched.push(...times.map((time) => ({ name: turn.name, time })));
    turn.next = Math.max(turn.next + 1, times.at(-1) ?? retryAfter);
  }
}
