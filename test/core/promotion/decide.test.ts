import { describe, expect, it } from 'vitest';
import type { PromoteEvent } from '#functions/core/messages/promote-event.ts';
import { decidePromotion, promotionFingerprint, rejectionOrder } from '#functions/core/promotion/decide.ts';
import { Ledger } from '#functions/core/promotion/ledger.ts';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { type LedgerEntry, ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { digestA, digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildEvent, buildPromotion, TAR_URL } from '../../fixtures/event.ts';
import { iso, publishTime } from '../../fixtures/times.ts';

const message = { messageId: '77', publishTime: publishTime(60) };
const verifyOnly = { ...defaultRolloutPolicy, launch: 'verify' } as const;

const decide = (entries: LedgerEntry[], event: PromoteEvent, order: typeof message) =>
  decidePromotion(new Ledger(entries), buildPromotion(event, order));

describe('decidePromotion', () => {
  it('records revision 1 in an empty ledger, under its message id', () => {
    expect(decide([], buildEvent(), message)).toMatchObject({
      kind: 'record',
      entry: { revision: 1, promotionId: '77' },
    });
  });

  it('records the revision after the greatest one', () => {
    const entries = [buildEntry(2, { environmentTarDigest: digestB }), buildEntry(1, { publishTime: publishTime(99) })];
    const event = buildEvent({ environmentTarUrl: 'gs://acme-environments/codex/2.tar' });
    expect(decide(entries, event, message)).toMatchObject({ kind: 'record', entry: { revision: 3 } });
  });

  it('resumes a recorded promotion, by its promotion id or message id', () => {
    const named = buildEntry(1, { promotionId: 'ci-7' });
    expect(decide([named], buildEvent({ promotionId: 'ci-7' }), message)).toEqual({
      kind: 'resume',
      entry: named,
    });
    const unnamed = buildEntry(1, { promotionId: '77' });
    expect(decide([unnamed], buildEvent(), message)).toEqual({ kind: 'resume', entry: unnamed });
  });

  it('resumes it with another promoter, reason or expectedRevision', () => {
    const known = buildEntry(1, { promotionId: 'ci-7' });
    const again = buildEvent({ promotionId: 'ci-7', promotedBy: 'another', reason: 'again', expectedRevision: 0 });
    expect(decide([known, buildEntry(2)], again, message)).toEqual({ kind: 'resume', entry: known });
  });

  it.each([
    ['digest', { environmentTarDigest: digestB }],
    ['URL', { environmentTarUrl: 'gs://acme-environments/codex/2.tar' }],
    ['scope', { tenants: ['acme'] }],
    ['rollout', { rollout: verifyOnly }],
  ])('rejects a promotionId reused with another %s, and names both', (_, change) => {
    const known = buildEntry(1, { promotionId: 'ci-7' });
    expect(decide([known], buildEvent({ promotionId: 'ci-7', ...change }), message)).toEqual({
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
    const first = buildEntry(1);
    const second = buildEntry(2, { sameAs: 1 });
    expect(decide([first], buildEvent(), message)).toMatchObject({ kind: 'record', entry: { sameAs: 1, revision: 2 } });
    expect(decide([first, second], buildEvent(), message)).toMatchObject({ entry: { sameAs: 1, revision: 3 } });
  });

  it.each([
    ['scope', { tenants: ['acme'] }],
    ['launch mode', { rollout: verifyOnly }],
    ['failure limit', { rollout: { ...defaultRolloutPolicy, maxFailures: 1 } }],
  ])('records the newest pin with another %s as a new revision', (_, change) => {
    const decision = decide([buildEntry(1)], buildEvent(change), message);
    expect(decision).toMatchObject({ kind: 'record', entry: { revision: 2, promotionId: '77' } });
    expect(decision).not.toHaveProperty('entry.rollbackOf');
    expect(decision).not.toHaveProperty('entry.sameAs');
  });

  it('rejects the repeated pin if another revision was expected', () => {
    expect(decide([buildEntry(1)], buildEvent({ expectedRevision: 0 }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: 'expected 0, but the newest is 1' }],
    });
    expect(decide([buildEntry(1)], buildEvent({ expectedRevision: 1 }), message)).toMatchObject({
      entry: { revision: 2 },
    });
  });

  it.each([
    [[], 0],
    [[buildEntry(1, { environmentTarDigest: digestB })], 1],
  ])('records if the newest revision is the expected one', (entries, expectedRevision) => {
    expect(decide(entries, buildEvent({ expectedRevision }), message).kind).toBe('record');
  });

  it.each([
    [[], 1, 'expected 1, but the newest is 0'],
    [[buildEntry(1, { environmentTarDigest: digestB })], 0, 'expected 0, but the newest is 1'],
    [[buildEntry(1, { environmentTarDigest: digestB })], 2, 'expected 2, but the newest is 1'],
  ])('rejects if the newest revision is another', (entries, expectedRevision, text) => {
    expect(decide(entries, buildEvent({ expectedRevision }), message)).toEqual({
      kind: 'reject',
      issues: [{ path: 'expectedRevision', message: text }],
    });
  });

  it('records an old pin as a rollback to its first revision', () => {
    const entries = [buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })];
    const decision = decide(entries, buildEvent(), message);
    expect(decision).toMatchObject({ kind: 'record', entry: { revision: 3, rollbackOf: 1 } });
    expect(decision).not.toHaveProperty('entry.sameAs');
  });

  it('records another scope of the newest pin without rollbackOf', () => {
    const decision = decide([buildEntry(1, { tenants: ['acme'] })], buildEvent(), message);
    expect(decision).toMatchObject({ kind: 'record', entry: { revision: 2, promotionId: '77' } });
    expect(decision).not.toHaveProperty('entry.rollbackOf');
    expect(decision).not.toHaveProperty('entry.sameAs');
  });

  it('keeps every declared field and can be parsed', () => {
    const event = buildEvent({
      tenants: ['acme'],
      promotedBy: 'ci',
      reason: 'line\n\u2028 "quoted" \ud800',
      rollout: verifyOnly,
    });
    const decision = decide([buildEntry(1), buildEntry(2, { environmentTarDigest: digestB })], event, message);
    if (decision.kind !== 'record') expect.fail(decision.kind);
    const checked = { environmentGeneration: '5', environmentBytes: 10, recordedAt: iso(61) };
    const entry = { ...decision.entry, ...checked };
    const { environment, ...stored } = event;
    expect(entry).toMatchObject({ ...stored, ...message, revision: 3, rollbackOf: 1 });
    expect(entry).not.toHaveProperty('environment');
    expect(parseRecord(ledgerEntrySchema, formatRecord(entry), 'entry')).toEqual(entry);
  });
});

describe('decidePromotion of a replay that claims the id of a recorded promotion', () => {
  const own = { messageId: '99', publishTime: publishTime(90) };
  const ledger = new Ledger([buildEntry(1, { messageId: '77' })]);

  it('resumes the entry if the content is the same, whatever its promotion id', () => {
    const replay = buildPromotion(buildEvent({ promotionId: 'ci-7' }), message, own);
    expect(decidePromotion(ledger, replay)).toEqual({ kind: 'resume', entry: ledger.entries[0] });
  });

  it('rejects other content under the replay’s own id', () => {
    const replay = buildPromotion(buildEvent({ environmentTarDigest: digestB }), message, own);
    expect(decidePromotion(ledger, replay)).toEqual({
      kind: 'reject',
      issues: [{ path: 'originalMessageId', message: 'message 77 is revision 1 already, with other content' }],
    });
    expect(rejectionOrder(ledger, replay)).toBe(own);
  });

  it('rejects a message with issues, under the claimed id only if no entry has it', () => {
    const issues = [{ path: 'typo', message: 'unknown field' }];
    const broken = { ...buildPromotion(buildEvent(), message, own), event: undefined, issues };
    expect(decidePromotion(ledger, broken)).toEqual({ kind: 'reject', issues });
    expect(rejectionOrder(ledger, broken)).toBe(own);
    expect(rejectionOrder(new Ledger([]), broken)).toMatchObject(message);
  });
});

describe('promotionFingerprint', () => {
  it('ignores the order of tenants', () => {
    expect(promotionFingerprint(buildEvent({ tenants: ['b', 'a'] }))).toBe(
      promotionFingerprint(buildEvent({ tenants: ['a', 'b'] })),
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
    const contents = [one, other].map((change) => promotionFingerprint({ ...buildEvent(), ...change }));
    expect(contents[0]).not.toBe(contents[1]);
  });
});
