import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePromotion } from '#functions/core/promotion/decide.ts';
import { covers, Ledger } from '#functions/core/promotion/ledger.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { digestA, digestB, digestC } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildEvent, buildPromotion } from '../../fixtures/event.ts';
import { iso, publishTime } from '../../fixtures/times.ts';

const TENANTS = ['acme', 'globex', 'initech'];

type Published = { digest: typeof digestA; tenants: string[] | undefined; second: number };

/** Promotions in the order in which they were published; few pins, so that the same comes again. */
const story = fc
  .array(
    fc.record({
      digest: fc.constantFrom(digestA, digestB, digestC),
      tenants: fc.option(fc.subarray(TENANTS, { minLength: 1 }), { nil: undefined, freq: 2 }),
    }),
    { maxLength: 8 },
  )
  .map((events) => events.map((event, second): Published => ({ ...event, second })));

/** What the fan-out makes of promotions that are delivered in this order. */
function buildLedger(delivered: readonly Published[]): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const { digest, tenants, second } of delivered) {
    const event = buildEvent({ environmentTarDigest: digest, ...(tenants && { tenants }) });
    const message = { messageId: `${1000 + second}`, publishTime: publishTime(second) };
    const decision = decidePromotion(new Ledger(entries), buildPromotion(event, message));
    if (decision.kind !== 'record') continue;
    const checked = { environmentGeneration: '1', environmentBytes: 1, recordedAt: iso(second) };
    entries.push({ ...decision.entry, ...checked });
  }
  return entries;
}

function lastFor(tenant: string, published: readonly Published[]): Published | undefined {
  return published.findLast(({ tenants }) => tenants === undefined || tenants.includes(tenant));
}

const targetOf = (entries: LedgerEntry[], tenant: string) => new Ledger(entries).targetOf(tenant);

describe('targetOf', () => {
  it('returns the entry published last, for every order of delivery', () => {
    const deliveries = story.chain((published) =>
      fc.tuple(
        fc.constant(published),
        fc.shuffledSubarray(published, { minLength: published.length, maxLength: published.length }),
        fc.array(fc.nat(), { maxLength: 4 }),
      ),
    );
    fc.assert(
      fc.property(deliveries, ([published, shuffled, again]) => {
        const redelivered = again.flatMap((index) => shuffled[index % Math.max(1, shuffled.length)] ?? []);
        const entries = buildLedger([...shuffled, ...redelivered]);
        expect(entries).toHaveLength(published.length);
        for (const tenant of TENANTS) {
          expect(targetOf(entries, tenant)?.environmentTarDigest).toBe(lastFor(tenant, published)?.digest);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of the ledger', () => {
    const listed = story.chain((published) => {
      const entries = buildLedger(published);
      const all = { minLength: entries.length, maxLength: entries.length };
      return fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, all));
    });
    fc.assert(
      fc.property(listed, ([entries, shuffled]) => {
        for (const tenant of [...TENANTS, 'stranger']) {
          expect(targetOf(shuffled, tenant)).toEqual(targetOf(entries, tenant));
        }
      }),
    );
  });

  it('returns no entry with sameAs, and only one that covers the tenant', () => {
    fc.assert(
      fc.property(story, (published) => {
        const entries = buildLedger(published);
        for (const tenant of TENANTS) {
          const target = targetOf(entries, tenant);
          expect(target?.sameAs).toBeUndefined();
          expect(target === undefined || covers(target, tenant)).toBe(true);
        }
      }),
    );
  });

  it('returns undefined for an empty ledger or an uncovered tenant', () => {
    expect(targetOf([], 'acme')).toBeUndefined();
    expect(targetOf([buildEntry(1, { tenants: ['globex'] })], 'acme')).toBeUndefined();
  });

  it('keeps the target if an older event is recorded under a higher revision', () => {
    const late = buildEntry(2, { environmentTarDigest: digestB, publishTime: publishTime(0), messageId: '0' });
    expect(targetOf([buildEntry(1), late], 'acme')?.revision).toBe(1);
  });

  it('compares message ids of two entries with the same publish time', () => {
    const first = buildEntry(1, { messageId: '10', publishTime: publishTime(1) });
    const second = buildEntry(2, { messageId: '9', publishTime: publishTime(1) });
    expect(targetOf([first, second], 'acme')?.revision).toBe(1);
  });

  it('resolves sameAs, also with another pin in between', () => {
    const entries = [
      buildEntry(1),
      buildEntry(2, { sameAs: 1, publishTime: publishTime(30) }),
      buildEntry(3, { environmentTarDigest: digestB, publishTime: publishTime(20) }),
    ];
    expect(targetOf(entries, 'acme')?.revision).toBe(1);
  });

  it('returns the narrower scope only if it is newer', () => {
    const everyone = buildEntry(1);
    const canary = buildEntry(2, { tenants: ['acme'], environmentTarDigest: digestB });
    const ledger = new Ledger([everyone, canary]);
    expect([ledger.targetOf('acme')?.revision, ledger.targetOf('globex')?.revision]).toEqual([2, 1]);
    const later = new Ledger([everyone, canary, buildEntry(3, { environmentTarDigest: digestC })]);
    expect([later.targetOf('acme')?.revision, later.targetOf('globex')?.revision]).toEqual([3, 3]);
  });
});
