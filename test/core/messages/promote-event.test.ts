import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePromoteEvent } from '#functions/core/messages/promote-event.ts';
import { digestA } from '../../fixtures/digests.ts';
import { publishedEvent } from '../../fixtures/event.ts';

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
    expect(parse(full)).toEqual({ ok: true, event: { ...full, tenants: ['acme', 'globex'] } });
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
