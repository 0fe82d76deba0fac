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

describe('decidePromotion', () => {
  it('records revision 1 in an empty ledger, under its message id', () => {
    expect(decidePromotion([], eventOf(), message)).toEqual({ kind: 'record', revision: 1, promotionId: '77' });
  });

  it('records the revision after the greatest one', () => {
    const entries = [entryOf(2, { environmentTarDigest: digestB }), entryOf(1, { publishTime: publishTime(99) })];
    const event = eventOf({ environmentTarUrl: 'gs://acme-environments/codex/2.tar' });
    expect(decidePromotion(entries, event, message)).toMatchObject({ kind: 'record', revision: 3 });
  });

  it('resumes a recorded promotion, by its promotion id or message id', () => {
    const named = entryOf(1, { promotionId: 'ci-7' });
    expect(decidePromotion([named], eventOf({ promotionId: 'ci-7' }), message)).toEqual({
      kind: 'resume',
      entry: named,
    });
    const unnamed = entryOf(1, { promotionId: '77' });
    expect(decidePromotion([unnamed], eventOf(), message)).toEqual({ kind: 'resume', entry: unnamed });
  });

  it('resumes it with another promoter, reason or expectedRevision', () => {
    const known = entryOf(1, { promotionId: 'ci-7' });
    const again = eventOf({ promotionId: 'ci-7', promotedBy: 'another', reason: 'again', expectedRevision: 0 });
    expect(decidePromotion([known, entryOf(2)], again, message)).toEqual({ kind: 'resume', entry: known });
  });

  it.each([
    ['digest', { environmentTarDigest: digestB }],
    ['URL', { environmentTarUrl: 'gs://acme-environments/codex/2.tar' }],
    ['scope', { tenants: ['acme'] }],
    ['rollout', { rollout: verifyOnly }],
  ])('rejects a promotionId reused with another %s, and names both', (_, change) => {
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

  it('records a repeated pin with sameAs, also the third time', () => {
    const first = entryOf(1);
    const second = entryOf(2, { sameAs: 1 });
    expect(decidePromotion([first], eventOf(), message)).toMatchObject({ kind: 'record', sameAs: first, revision: 2 });
    expect(decidePromotion([first, second], eventOf(), message)).toMatchObject({ sameAs: first, revision: 3 });
  });

  it.each([
    ['scope', { tenants: ['acme'] }],
    ['launch mode', { rollout: verifyOnly }],
    ['failure limit', { rollout: { ...defaultRolloutPolicy, maxFailures: 1 } }],
  ])('records the newest pin with another %s as a new revision', (_, change) => {
    const decision = decidePromotion([entryOf(1)], eventOf(change), message);
    expect(decision).toEqual({ kind: 'record', revision: 2, promotionId: '77' });
  });

  it('rejects the repeated pin if another revision was expected', () => {
    expect(decidePromotion([entryOf(1)], eventOf({ expectedRevision: 0 }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: 'expected 0, but the newest is 1' }],
    });
    expect(decidePromotion([entryOf(1)], eventOf({ expectedRevision: 1 }), message)).toMatchObject({ revision: 2 });
  });

  it.each([
    [[], 0],
    [[entryOf(1, { environmentTarDigest: digestB })], 1],
  ])('records if the newest revision is the expected one', (entries, expectedRevision) => {
    expect(decidePromotion(entries, eventOf({ expectedRevision }), message).kind).toBe('record');
  });

  it.each([
    [[], 1, 'expected 1, but the newest is 0'],
    [[entryOf(1, { environmentTarDigest: digestB })], 0, 'expected 0, but the newest is 1'],
    [[entryOf(1, { environmentTarDigest: digestB })], 2, 'expected 2, but the newest is 1'],
  ])('rejects if the newest revision is another', (entries, expectedRevision, text) => {
    expect(decidePromotion(entries, eventOf({ expectedRevision }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: text }],
    });
  });

  it('records an old pin as a rollback to its first revision', () => {
    const entries = [entryOf(1), entryOf(2, { environmentTarDigest: digestB })];
    const decision = decidePromotion(entries, eventOf(), message);
    expect(decision).toMatchObject({ kind: 'record', revision: 3, rollbackOf: 1 });
    expect(decision).not.toHaveProperty('sameAs');
  });

  it('records another scope of the newest pin without rollbackOf', () => {
    const decision = decidePromotion([entryOf(1, { tenants: ['acme'] })], eventOf(), message);
    expect(decision).toEqual({ kind: 'record', revision: 2, promotionId: '77' });
  });

  it('ledgerEntry keeps every declared field and can be parsed', () => {
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

describe('promotionFingerprint', () => {
  it('ignores the order of tenants', () => {
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
  ])('differs if the %s differs', (_, one, other) => {
    const contents = [one, other].map((change) => promotionFingerprint({ ...eventOf(), ...change }));
    expect(contents[0]).not.toBe(contents[1]);
  });
});
