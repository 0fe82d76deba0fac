import { describe, expect, it } from 'vitest';
import { parseRecheckRequest } from '#functions/core/messages/recheck-request.ts';

describe('parseRecheckRequest', () => {
  it.each([
    ['{}', { relaunch: false }],
    ['{"runtime":"codex"}', { runtime: 'codex', relaunch: false }],
    ['{"runtime":"codex","tenants":["acme"],"relaunch":true}', { runtime: 'codex', tenants: ['acme'], relaunch: true }],
    [
      '{"runtime":"codex","requestedAt":"2026-01-01T00:00:00.000Z"}',
      { runtime: 'codex', relaunch: false, requestedAt: '2026-01-01T00:00:00.000Z' },
    ],
  ])('accepts %s', (text, request) => {
    expect(parseRecheckRequest(text)).toEqual({ ok: true, request });
  });

  it.each([
    ['', [''], /not JSON/],
    ['null', [''], /expected an object, got null/],
    ['[]', [''], /expected an object, got a list/],
    ['{"tenants":["acme"]}', [''], /tenants need a runtime/],
    ['{"runtime":"codex","tenants":[]}', ['tenants'], /names no tenant/],
    ['{"runtime":"Codex"}', ['runtime'], /Codex/],
    ['{"requestedAt":"now"}', ['requestedAt'], /"now"/],
    ['{"relaunch":"yes"}', ['relaunch'], /"yes"/],
    ['{"Runtime":"codex","tenant":"acme"}', ['Runtime', 'tenant'], /unknown field/],
    ['{"constructor":1}', ['constructor'], /unknown field/],
  ])('rejects %s with every issue', (text, paths, message) => {
    const parsed = parseRecheckRequest(text);
    if (parsed.ok) expect.fail('it was accepted');
    expect(parsed.issues.map(({ path }) => path)).toEqual(paths);
    expect(parsed.issues[0]?.message).toMatch(message);
  });
});
