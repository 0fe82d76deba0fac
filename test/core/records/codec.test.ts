import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '#functions/core/adoption/evaluate.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import { assignmentSchema } from '#functions/core/records/assignment.ts';
import { CorruptRecordError, formatRecord, MAX_RECORD_BYTES, parseRecord } from '#functions/core/records/codec.ts';
import { type Guard, guardRefusal, guardSchema, openGuard } from '#functions/core/records/guard.ts';
import { launchRecordSchema } from '#functions/core/records/launch.ts';
import { ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { receiptSchema } from '#functions/core/records/receipt.ts';
import { reason } from '#functions/core/values/reason.ts';
import { adoptedAssignment, buildAssignment, buildProof } from '../../fixtures/assignment.ts';
import { digestA } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { executionName } from '../../fixtures/execution.ts';
import { buildReceipt, buildStoredReceipt } from '../../fixtures/receipt.ts';
import { at, iso } from '../../fixtures/times.ts';

describe('parseRecord', () => {
  it.each([
    ['entry', ledgerEntrySchema, buildEntry(7, { tenants: ['acme'], sameAs: 3, rollbackOf: 2, promotedBy: 'ci' })],
    [
      'assignment',
      assignmentSchema,
      adoptedAssignment('acme', { reason: { code: 'A', message: 'é "\n' }, retryAt: iso(9) }),
    ],
    ['receipt', receiptSchema, buildReceipt({ timings: { download: 12.5 }, signal: 'SIGKILL' })],
    ['guard', guardSchema, { ...openGuard, revokedDigests: [digestA], lockdownRuntimes: ['codex'] }],
    [
      'launch',
      launchRecordSchema,
      {
        formatVersion: 1,
        runtime: 'codex',
        tenant: 'acme',
        launchId: 'launch-1',
        revision: 1,
        digest: digestA,
        launchAttempt: 1,
        execution: executionName(),
        launchedAt: iso(1),
      },
    ],
  ] as const)('parses the %s that was written', (_, schema, record) => {
    expect(parseRecord(schema, formatRecord(record), 'object')).toEqual(record);
  });

  it.each([
    ['no JSON', '{"revision":', 'not JSON'],
    ['another format version', formatRecord({ ...buildAssignment(), formatVersion: 2 }), 'formatVersion'],
    ['an unknown state', formatRecord({ ...buildAssignment(), adoption: 'PROBABLY' }), 'adoption'],
    ['a bad digest', formatRecord({ ...buildAssignment(), digest: 'sha256:1' }), 'digest: not a digest'],
    ['a bad tenant', formatRecord({ ...buildAssignment(), tenant: '../x' }), 'tenant'],
    ['revision 0', formatRecord({ ...buildAssignment(), revision: 0 }), 'revision'],
  ])('rejects %s, and the error names the object', (_, text, why) => {
    const read = () => parseRecord(assignmentSchema, text, 'codex/acme.json');
    expect(read).toThrow(CorruptRecordError);
    expect(read).toThrow('codex/acme.json: ');
    expect(read).toThrow(why);
  });

  it('lower-cases digests, so that a revoked one stays revoked', () => {
    const byHand = { ...openGuard, revokedDigests: [`sha256:${'A'.repeat(64)}`] };
    const guard: Guard = parseRecord(guardSchema, formatRecord(byHand), 'guard.json');
    expect(guardRefusal(guard, 'codex', digestA)).toBe('REVOKED');
  });
});

describe('formatRecord of an assignment', () => {
  const long = 'x'.repeat(63);
  const job = `projects/${'p'.repeat(30)}/locations/northamerica-northeast1/jobs/${long}`;
  const hostileText = fc.oneof(
    fc.constantFrom('\0', '\u001f', '\ud800', '€', '😀', '"', '\\').map((character) => character.repeat(5000)),
    fc.string({ unit: 'binary', maxLength: 3000 }),
  );

  it('an assignment’s record fits 7 KiB with the longest reason', () => {
    fc.assert(
      fc.property(hostileText, hostileText, hostileText, (code, message, signal) => {
        const worst = buildAssignment(long, {
          runtime: long,
          launchId: 'i'.repeat(36),
          owner: 'o'.repeat(36),
          notAfter: iso(1),
          execution: `${job}/executions/${long}`,
          proof: buildProof(long, {
            execution: `${job}/executions/${long}`,
            receipt: `${long}/${long}/${long}/99999-99999-superseded.json`,
          }),
          adoption: 'LAUNCHING',
          launchAttempt: Number.MAX_SAFE_INTEGER,
          retryAt: iso(1),
        });
        const written = {
          kind: 'failed',
          tenant: long,
          runtime: long,
          execution: long,
          code,
          message,
          signal,
        } as const;
        const receipt = buildStoredReceipt({ ...written, exitCode: Number.MAX_SAFE_INTEGER });
        const evidence = { launched: `${job}/executions/${long}`, execution: null, absence: null, receipts: [receipt] };
        const { next } = evaluate(worst, job, evidence, { policy: defaultRetryPolicy, now: at(0) });
        expect(next.adoption).toBe('FAILED');
        expect(Buffer.byteLength(formatRecord(next))).toBeLessThan(MAX_RECORD_BYTES);
        expect(parseRecord(assignmentSchema, formatRecord(next), 'assignment')).toEqual(next);
      }),
      { numRuns: 60 },
    );
  });

  it('a record keeps an ordinary reason unchanged', () => {
    const message = 'the execution ended with exit code 1 before it adopted';
    expect(reason('EXECUTION_FAILED', message)).toEqual({ code: 'EXECUTION_FAILED', message });
  });
});
