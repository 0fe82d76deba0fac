import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePromoteEvent, parsePromotion } from '#functions/core/messages/promote-event.ts';
import type { PubsubMessage } from '#functions/core/messages/pubsub-message.ts';
import { digestA } from '../../fixtures/digests.ts';
import { publishedEvent } from '../../fixtures/event.ts';
import { publishTime } from '../../fixtures/times.ts';

const environment = { bucket: 'acme-environments', object: 'codex/1.tar' };

const parse = (event: object) => parsePromoteEvent(JSON.stringify(event));

function issuesOf(event: object | string): { path: string; message: string }[] {
  const parsed = typeof event === 'string' ? parsePromoteEvent(event) : parse(event);
  return parsed.ok ? [] : parsed.issues;
}

describe('parsePromoteEvent', () => {
  it('requires runtime, URL and digest, and defaults to all tenants at once', () => {
    expect(parse(publishedEvent)).toEqual({
      ok: true,
      event: {
        ...publishedEvent,
        environment,
        rollout: { waves: ['100%'], soakSeconds: 0, maxFailures: 0, launch: 'run', running: 'leave' },
      },
    });
  });

  it('keeps every optional field', () => {
    const full = {
      ...publishedEvent,
      tenants: ['globex', 'acme'],
      expectedRevision: 41,
      promotionId: 'ci-7',
      promotedBy: 'ci@example.com',
      reason: 'the fix',
      rollout: { waves: ['100%'], soakSeconds: 0, maxFailures: 3, launch: 'verify', running: 'leave' },
    };
    expect(parse(full)).toEqual({ ok: true, event: { ...full, environment, tenants: ['acme', 'globex'] } });
  });

  it('lower-cases the digest', () => {
    const shouted = { ...publishedEvent, environmentTarDigest: digestA.replace(/a+$/, (hex) => hex.toUpperCase()) };
    expect(parse(shouted)).toMatchObject({ event: { environmentTarDigest: digestA } });
  });

  it.each<[string, string, object, RegExp]>([
    ['a missing runtime', 'runtime', { runtime: undefined }, /^missing$/],
    ['a missing URL', 'environmentTarUrl', { environmentTarUrl: undefined }, /^missing$/],
    ['a missing digest', 'environmentTarDigest', { environmentTarDigest: undefined }, /^missing$/],
    ['a runtime that is no text', 'runtime', { runtime: 5 }, /expected string.*got 5|Expected string.*received 5/],
    ['a bad runtime', 'runtime', { runtime: 'Codex' }, /expected 1 to 63 .* got "Codex"/],
    ['another kind of URL', 'environmentTarUrl', { environmentTarUrl: 'https://x/y' }, /gs:\/\/bucket.* got "https:/],
    ['a short digest', 'environmentTarDigest', { environmentTarDigest: 'sha256:ab' }, /64 hex.* got 2 characters/],
    ['tenants that are null', 'tenants', { tenants: null }, /Array.*null/],
    ['no tenants', 'tenants', { tenants: [] }, /names no tenant/],
    ['a bad tenant', 'tenants.1', { tenants: ['acme', '../x'] }, /got "..\/x"/],
    ['a tenant named twice', 'tenants', { tenants: ['acme', 'acme'] }, /more than once.*acme/],
    ['a negative expectedRevision', 'expectedRevision', { expectedRevision: -1 }, />=0.*-1/],
    ['a broken expectedRevision', 'expectedRevision', { expectedRevision: 1.5 }, /1\.5/],
    ['an expectedRevision as text', 'expectedRevision', { expectedRevision: '1' }, /number.*"1"/],
    ['an empty promotionId', 'promotionId', { promotionId: '' }, />=1.*0/],
    ['a long promotionId', 'promotionId', { promotionId: 'x'.repeat(201) }, /<=200.*201/],
    ['the runtime that means every runtime', 'runtime', { runtime: 'all' }, /"all" is reserved/],
    ['a long promotedBy', 'promotedBy', { promotedBy: 'x'.repeat(201) }, /<=200.*201/],
    ['a long reason', 'reason', { reason: 'x'.repeat(1001) }, /<=1000.*1001/],
    ['waves', 'rollout.waves', { rollout: { waves: ['canary', '100%'] } }, /only \["100%"\].*got \["canary","100%"\]/],
    ['a soak time', 'rollout.soakSeconds', { rollout: { soakSeconds: 30 } }, /only 0.*got 30/],
    ['a negative maxFailures', 'rollout.maxFailures', { rollout: { maxFailures: -1 } }, />=0.*-1/],
    [
      'an unknown launch',
      'rollout.launch',
      { rollout: { launch: 'now' } },
      /expected one of run, verify, none, got "now"/,
    ],
    ['cancelling', 'rollout.running', { rollout: { running: 'cancel' } }, /only "leave".*got "cancel"/],
    ['a rollout that is a list', 'rollout', { rollout: [] }, /expected an object, got a list/],
  ])('rejects an event with %s', (_, path, change, message) => {
    const issues = issuesOf({ ...publishedEvent, ...change });
    expect(issues.map((issue) => issue.path)).toEqual([path]);
    expect(issues[0]?.message).toMatch(message);
  });

  it.each(['', '{', '{"runtime":', "{'runtime':1}", 'undefined', '\u0000'])('rejects %j, which is not JSON', (text) => {
    expect(issuesOf(text)).toEqual([{ path: '', message: expect.stringMatching(/^not JSON: /) }]);
  });

  it.each([
    ['null', 'null'],
    ['[]', 'a list'],
    ['3', '3'],
    ['"text"', '"text"'],
  ])('rejects %s, which is not an object', (text, got) => {
    expect(issuesOf(text)).toEqual([{ path: '', message: `expected an object, got ${got}` }]);
  });

  it('names every unknown field, because a typo must not promote to more tenants', () => {
    const issues = issuesOf({ ...publishedEvent, tenant: 'acme', Tenants: [], rollout: { wave: 1, soak: 2 } });
    expect(issues).toEqual(
      ['tenant', 'Tenants', 'rollout.wave', 'rollout.soak'].map((path) => ({ path, message: 'unknown field' })),
    );
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'rejects the unknown field %s',
    (key) => {
      const text = `{${JSON.stringify(key)}:{"runtime":"evil"},${JSON.stringify(publishedEvent).slice(1)}`;
      expect(issuesOf(text)).toEqual([{ path: key, message: 'unknown field' }]);
      expect(({} as { runtime?: string }).runtime).toBeUndefined();
    },
  );

  it('reports all issues at once', () => {
    const issues = issuesOf({
      runtime: 'Codex',
      environmentTarDigest: 'md5:00',
      tenants: ['acme', 'B'],
      expectedRevision: 'x',
      rollout: { launch: 'later', soakSeconds: 1 },
      typo: true,
    });
    expect(issues.map(({ path }) => path).sort()).toEqual(
      [
        'environmentTarDigest',
        'environmentTarUrl',
        'expectedRevision',
        'rollout.launch',
        'rollout.soakSeconds',
        'runtime',
        'tenants.1',
        'typo',
      ].sort(),
    );
  });

  it('never throws, and accepts only fully valid events', () => {
    const noise = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((object) => JSON.stringify(object)),
    );
    fc.assert(fc.property(noise, (text) => !parsePromoteEvent(text).ok));
  });

  it('keeps messages of issues short for long data', () => {
    const long = 'x'.repeat(100_000);
    const issues = issuesOf({ ...publishedEvent, runtime: long, environmentTarUrl: long, tenants: long, [long]: 1 });
    expect(issues).toHaveLength(4);
    for (const { path, message } of issues) expect(path.length + message.length).toBeLessThan(1000);
  });
});

describe('parsePromotion', () => {
  const effectiveOrder = (message: PubsubMessage) => {
    const { messageId, publishTime: time, issues, event } = parsePromotion(message);
    expect(event === undefined).toBe(issues.length > 0);
    return { messageId, publishTime: time, issues };
  };
  const received = (attributes: Record<string, string>): PubsubMessage => ({
    data: JSON.stringify(publishedEvent),
    messageId: '77',
    publishTime: publishTime(60),
    attributes,
  });
  const replay = (originalMessageId: string, originalPublishTime: string) =>
    effectiveOrder(received({ originalMessageId, originalPublishTime }));
  const real = { messageId: '77', publishTime: publishTime(60) };

  it('returns the message’s own order without claims', () => {
    expect(effectiveOrder(received({ other: 'x' }))).toEqual({ ...real, issues: [] });
  });

  it.each([0, 59.999, 60])('returns the first order for a replay published at second %d', (second) => {
    expect(replay('12', publishTime(second))).toEqual({
      messageId: '12',
      publishTime: publishTime(second),
      issues: [],
    });
  });

  it('never returns a later time than the message’s own', () => {
    expect(replay('12', publishTime(60.001))).toEqual({
      ...real,
      issues: [
        {
          path: 'originalPublishTime',
          message: `${publishTime(60.001)} is later than the message itself, published at ${publishTime(60)}`,
        },
      ],
    });
    expect(replay('12', '2026-11-20T12:01:00.000000001Z').issues).toHaveLength(1);
  });

  it.each([
    [{ originalMessageId: '12' }, ['originalPublishTime']],
    [{ originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: '../x', originalPublishTime: 'soon' }, ['originalPublishTime', 'originalMessageId']],
    [{ originalMessageId: '', originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: 'x'.repeat(101), originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: '1', originalPublishTime: '2026-11-20T24:00:00Z' }, ['originalPublishTime']],
  ])('rejects %o with every issue, and keeps its own order', (attributes, paths) => {
    const { issues, ...order } = effectiveOrder(received(attributes as Record<string, string>));
    expect(order).toEqual(real);
    expect(issues.map(({ path }) => path)).toEqual(paths);
  });

  describe('parsePromotion of a dead letter replayed with Pub/Sub’s attributes', () => {
    const replayed = (time: string) => effectiveOrder(received({ CloudPubSubDeadLetterSourceTopicPublishTime: time }));

    it.each(['2026-11-20T11:00:00.25+00:00', '2026-11-20T11:00:00.25Z'])(
      'a replayed dead letter keeps its time: %s',
      (time) => {
        expect(replayed(time)).toEqual({
          messageId: '77',
          publishTime: '2026-11-20T11:00:00.250000000Z',
          issues: [],
        });
      },
    );

    it.each(['2027-01-01T00:00:00Z', 'soon'])(
      'a replayed dead letter is refused with an impossible time: %s',
      (time) => {
        expect(replayed(time).issues.map(({ path }) => path)).toEqual(['CloudPubSubDeadLetterSourceTopicPublishTime']);
      },
    );
  });
});
