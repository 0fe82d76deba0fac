import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReceiptContext, type StoredReceipt, validateReceipt } from '#functions/core/adoption/validate-receipt.ts';
import { buildAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildExecution, executionName } from '../../fixtures/execution.ts';
import { asStored, buildReceipt, buildStoredReceipt } from '../../fixtures/receipt.ts';
import { jobOfTenant } from '../../fixtures/tenant.ts';
import { iso } from '../../fixtures/times.ts';

const recorded: ReceiptContext = {
  assignment: claimedAssignment(),
  job: jobOfTenant('acme'),
  launched: executionName(),
  execution: null,
};
const asked: ReceiptContext = { ...recorded, launched: null, execution: buildExecution() };
const consoleRun = buildExecution('acme', { name: executionName('acme', 9), launchId: null, createdAt: iso(7) });
const byConsole = buildStoredReceipt({ execution: 'codex-acme-9', launchId: null });

describe('validateReceipt', () => {
  it.each<[string, StoredReceipt, ReceiptContext, 'launch' | 'console']>([
    ['of the execution that the launch returned', buildStoredReceipt(), recorded, 'launch'],
    ['of an unrecorded launch that Cloud Run identifies', buildStoredReceipt(), asked, 'launch'],
    [
      'of a console run that was created after the assignment',
      byConsole,
      { ...asked, execution: consoleRun },
      'console',
    ],
    ['of a console run beside a recorded launch', byConsole, { ...recorded, execution: consoleRun }, 'console'],
    [
      'of a run that was refused before it hashed anything',
      buildStoredReceipt({ kind: 'refused', digest: null, expectedDigest: null, revision: null }),
      recorded,
      'launch',
    ],
    ['of a refused mismatch', buildStoredReceipt({ kind: 'refused', digest: digestB }), recorded, 'launch'],
  ])('accepts a receipt %s', (_, receipt, context, by) => {
    expect(validateReceipt(receipt, context)).toEqual({ valid: true, by });
  });
});

const older = buildExecution('acme', { name: executionName('acme', 8), launchId: null, createdAt: iso(-1) });
const supersededRun = buildExecution('acme', { launchId: 'launch-0' });

const forgeries: [string, StoredReceipt, ReceiptContext, RegExp][] = [
  ['of another tenant', buildStoredReceipt({ tenant: 'globex' }), recorded, /another tenant/],
  ['of another runtime', buildStoredReceipt({ runtime: 'other' }), recorded, /another tenant/],
  [
    'by an older execution of the same tenant',
    buildStoredReceipt({ execution: 'codex-acme-8' }),
    { ...recorded, execution: older },
    /created at .* before the assignment/,
  ],
  [
    'by an older execution that claims the launch id',
    buildStoredReceipt({ execution: 'codex-acme-8', launchId: 'launch-1' }),
    { ...asked, execution: older },
    /before the assignment/,
  ],
  [
    'by a run created at the time of the assignment',
    byConsole,
    { ...asked, execution: { ...consoleRun, createdAt: iso(0) } },
    /before the assignment/,
  ],
  [
    'of a foreign job',
    buildStoredReceipt(),
    { ...asked, execution: buildExecution('globex', { name: `${jobOfTenant('globex')}/executions/codex-acme-1` }) },
    /not known as an execution of this tenant's job/,
  ],
  ['of an execution that Cloud Run does not know', buildStoredReceipt(), { ...asked, execution: null }, /not known/],
  [
    'of an execution if Cloud Run returned another',
    buildStoredReceipt({ execution: 'codex-acme-2' }),
    asked,
    /not known/,
  ],
  [
    'of a superseded launch',
    buildStoredReceipt(),
    { ...asked, execution: supersededRun },
    /belongs to launch launch-0/,
  ],
  [
    'of a launch without a claim',
    buildStoredReceipt(),
    { ...asked, assignment: buildAssignment() },
    /belongs to launch launch-1, assigned is null/,
  ],
  ['that computed another digest', buildStoredReceipt({ digest: digestB }), recorded, /it computed sha256:bbb/],
  ['that computed none', buildStoredReceipt({ digest: null }), recorded, /it computed no digest/],
  [
    'for another pin',
    buildStoredReceipt({ expectedDigest: digestB, digest: digestB }),
    recorded,
    /it is for sha256:bbb/,
  ],
  [
    'of the same bytes under another revision',
    buildStoredReceipt({ revision: 2 }),
    recorded,
    /for revision 2, assigned is 1/,
  ],
  ['of a finish with other bytes', buildStoredReceipt({ kind: 'finished', digest: digestB }), recorded, /it computed/],
  ['of a later task attempt', buildStoredReceipt({ taskAttempt: 1 }), recorded, /task 0, attempt 1/],
  ['of another task', buildStoredReceipt({ taskIndex: 1 }), recorded, /task 1, attempt 0/],
  ['under an invalid name', { object: 'acme/receipt.json', receipt: buildReceipt() }, recorded, /not a receipt's name/],
];

describe('validateReceipt of a forgery', () => {
  it.each(forgeries)('rejects a receipt %s, and says why', (_, receipt, context, why) => {
    expect(validateReceipt(receipt, context)).toEqual({ valid: false, why: expect.stringMatching(why) });
  });

  it.each(['tenant', 'runtime', 'execution', 'taskIndex', 'taskAttempt', 'kind'] as const)(
    'rejects a receipt filed under another %s than its own',
    (part) => {
      const other = {
        tenant: 'globex',
        runtime: 'x',
        execution: 'e-2',
        taskIndex: 1,
        taskAttempt: 1,
        kind: 'failed',
      } as const;
      const { object } = asStored({ ...buildReceipt(), [part]: other[part] });
      expect(validateReceipt({ object, receipt: buildReceipt() }, recorded)).toEqual({
        valid: false,
        why: `its content disagrees with its name in ${part}`,
      });
    },
  );

  it('rejects an alias of a receipt’s name', () => {
    const object = 'acme/codex/codex-acme-1/00-0-adopted.json';
    expect(validateReceipt({ object, receipt: buildReceipt() }, recorded)).toMatchObject({ valid: false });
  });

  it('counts a second execution with the launch’s id as a console run', () => {
    const second = buildExecution('acme', { name: executionName('acme', 2) });
    const receipt = buildStoredReceipt({ execution: 'codex-acme-2' });
    expect(validateReceipt(receipt, { ...recorded, execution: second })).toEqual({ valid: true, by: 'console' });
    const before = { ...second, createdAt: iso(-5) };
    expect(validateReceipt(receipt, { ...recorded, execution: before })).toMatchObject({ valid: false });
  });

  it('accepts only the launch, or an execution younger than the assignment', () => {
    const contexts = fc.record({
      launched: fc.constantFrom(null, executionName(), executionName('acme', 2)),
      createdAt: fc.integer({ min: -100, max: 100 }).map(iso),
      launchId: fc.constantFrom(null, 'launch-0', 'launch-1'),
      job: fc.constantFrom('acme', 'globex').map(jobOfTenant),
      number: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(contexts, ({ launched, createdAt, launchId, job, number }) => {
        const execution = buildExecution('acme', {
          name: `${job}/executions/codex-acme-${number}`,
          job,
          createdAt,
          launchId,
        });
        const { valid } = validateReceipt(buildStoredReceipt(), { ...recorded, launched, execution });
        const isLaunch = launched === executionName();
        const isOwn = job === jobOfTenant('acme') && number === 1;
        const isYounger = Date.parse(createdAt) > Date.parse(iso(0));
        const isUnrecordedLaunch = launched === null && launchId === 'launch-1';
        const expected = isLaunch || (isOwn && launchId !== 'launch-0' && (isUnrecordedLaunch || isYounger));
        expect(valid).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });
});
