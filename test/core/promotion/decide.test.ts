import { describe, expect, it } from 'vitest';
import { decidePromotion, ledgerEntry } from '#functions/core/promotion/decide.ts';
import { promotionFingerprint } from '#functions/core/promotion/fingerprint.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { digestA, digestB } from '../../fixtures/digests.ts';
import { entryOf } from '../../fixtures/entry.ts';
import { eventOf, TAR_URL } from '../../fixtures/event.ts';
import { at, publishTime } from '../../fixtures/times.ts';

const message = { messageId: '77', publishTime: publishTime(60) };
const verifyOnly = { ...defaultRolloutPolicy, launch: 'verify' } as const;

describe('a promotion', () => {
  it('of an empty ledger is revision 1, under its message id', () => {
    expect(decidePromotion([], eventOf(), message)).toEqual({ kind: 'record', revision: 1, promotionId: '77' });
  });

  it('gets the revision after the greatest, however late the newest entry was published', () => {
    const entries = [entryOf(2, { environmentTarDigest: digestB }), entryOf(1, { publishTime: publishTime(99) })];
    const event = eventOf({ environmentTarUrl: 'gs://acme-environments/codex/2.tar' });
    expect(decidePromotion(entries, event, message)).toMatchObject({ kind: 'record', revision: 3 });
  });

  it('that was recorded already is resumed, by its promotion id or by its message id', () => {
    const named = entryOf(1, { promotionId: 'ci-7' });
    expect(decidePromotion([named], eventOf({ promotionId: 'ci-7' }), message)).toEqual({
      kind: 'resume',
      entry: named,
    });
    const unnamed = entryOf(1, { promotionId: '77' });
    expect(decidePromotion([unnamed], eventOf(), message)).toEqual({ kind: 'resume', entry: unnamed });
  });

  it('is resumed whoever repeats it and why, and whatever revision it expects now', () => {
    const known = entryOf(1, { promotionId: 'ci-7' });
    const again = eventOf({ promotionId: 'ci-7', promotedBy: 'another', reason: 'again', expectedRevision: 0 });
    expect(decidePromotion([known, entryOf(2)], again, message)).toEqual({ kind: 'resume', entry: known });
  });

  it.each([
    ['digest', { environmentTarDigest: digestB }],
    ['URL', { environmentTarUrl: 'gs://acme-environments/codex/2.tar' }],
    ['scope', { tenants: ['acme'] }],
    ['rollout', { rollout: verifyOnly }],
  ])('is rejected under the promotion id of another %s, and the error names both', (_, change) => {
    const known = entryOf(1, { promotionId: 'ci-7' });
    expect(decidePromotion([known], eventOf({ promotionId: 'ci-7', ...change }), message)).toEqual({
      kind: 'reject',
      issues: [
        {
          path: 'promotionId',
          message: `"ci-7" is revision 1 already, with other content (${TAR_URL} ${digestA})`,
        },
      ],
    });
  });

  it('of the newest pin again stands for the entry it repeats, and so does a third', () => {
    const first = entryOf(1);
    const second = entryOf(2, { sameAs: 1 });
    expect(decidePromotion([first], eventOf(), message)).toMatchObject({ kind: 'record', sameAs: first, revision: 2 });
    expect(decidePromotion([first, second], eventOf(), message)).toMatchObject({ sameAs: first, revision: 3 });
  });

  it.each([
    ['scope', { tenants: ['acme'] }],
    ['launch mode', { rollout: verifyOnly }],
    ['failure limit', { rollout: { ...defaultRolloutPolicy, maxFailures: 1 } }],
  ])('the newest pin with another %s becomes a revision of its own', (_, change) => {
    const decision = decidePromotion([entryOf(1)], eventOf(change), message);
    expect(decision).toEqual({ kind: 'record', revision: 2, promotionId: '77' });
  });

  it('the newest pin again is rejected when another revision was expected', () => {
    expect(decidePromotion([entryOf(1)], eventOf({ expectedRevision: 0 }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: 'expected 0, but the newest is 1' }],
    });
    expect(decidePromotion([entryOf(1)], eventOf({ expectedRevision: 1 }), message)).toMatchObject({ revision: 2 });
  });

  it.each([
    [[], 0],
    [[entryOf(1, { environmentTarDigest: digestB })], 1],
  ])('is recorded where the newest revision is the expected one', (entries, expectedRevision) => {
    expect(decidePromotion(entries, eventOf({ expectedRevision }), message).kind).toBe('record');
  });

  it.each([
    [[], 1, 'expected 1, but the newest is 0'],
    [[entryOf(1, { environmentTarDigest: digestB })], 0, 'expected 0, but the newest is 1'],
    [[entryOf(1, { environmentTarDigest: digestB })], 2, 'expected 2, but the newest is 1'],
  ])('is rejected where it is another', (entries, expectedRevision, text) => {
    expect(decidePromotion(entries, eventOf({ expectedRevision }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: text }],
    });
  });

  it('of an old pin is a rollback to the revision that had it first', () => {
    const entries = [entryOf(1), entryOf(2, { environmentTarDigest: digestB })];
    const decision = decidePromotion(entries, eventOf(), message);
    expect(decision).toMatchObject({ kind: 'record', revision: 3, rollbackOf: 1 });
    expect(decision).not.toHaveProperty('sameAs');
  });

  it('of the newest pin for other tenants is no rollback: only its scope changes', () => {
    const decision = decidePromotion([entryOf(1, { tenants: ['acme'] })], eventOf(), message);
    expect(decision).toEqual({ kind: 'record', revision: 2, promotionId: '77' });
  });

  it('is an entry that can be read back as it was written, with all that was declared', () => {
    const event = eventOf({
      tenants: ['acme'],
      promotedBy: 'ci',
      reason: 'line\n\u2028 "quoted" \ud800',
      rollout: verifyOnly,
    });
    const decision = decidePromotion([entryOf(1), entryOf(2, { environmentTarDigest: digestB })], event, message);
    if (decision.kind !== 'record') expect.fail(decision.kind);
    const entry = ledgerEntry(decision, event, message, { generation: '5', bytes: 10 }, at(61));
    expect(entry).toMatchObject({ ...event, ...message, revision: 3, rollbackOf: 1, environmentGeneration: '5' });
    expect(parseRecord(ledgerEntrySchema, formatRecord(entry), 'entry')).toEqual(entry);
  });
});

describe('the content of a promotion', () => {
  it('is the same whatever the order of its tenants', () => {
    expect(promotionFingerprint(eventOf({ tenants: ['b', 'a'] }))).toBe(
      promotionFingerprint(eventOf({ tenants: ['a', 'b'] })),
    );
  });

  it.each([
    ['everyone', { tenants: undefined }, { tenants: ['a'] }],
    ['tenants', { tenants: ['a', 'b'] }, { tenants: ['a'] }],
    ['digest', {}, { environmentTarDigest: digestB }],
    ['URL', {}, { environmentTarUrl: `${TAR_URL}2` }],
    ['launch', {}, { rollout: verifyOnly }],
    ['failures', {}, { rollout: { ...defaultRolloutPolicy, maxFailures: 1 } }],
  ])('differs with its %s', (_, one, other) => {
    const contents = [one, other].map((change) => promotionFingerprint({ ...eventOf(), ...change }));
    expect(contents[0]).not.toBe(contents[1]);
  });
});
