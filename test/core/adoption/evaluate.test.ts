import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateRuns } from '#functions/core/adoption/evaluate.ts';
import type { Evidence } from '#functions/core/adoption/evidence.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import type { Receipt, ReceiptKind } from '#functions/core/records/receipt.ts';
import { isVerdict } from '#functions/core/values/adoption.ts';
import { cancelled, failed, type Outcome, running, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, buildAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestB } from '../../fixtures/digests.ts';
import { buildExecution, executionName } from '../../fixtures/execution.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const NOW = 100;
const policy = defaultRetryPolicy;
const nothing: Evidence = { launched: executionName(), execution: null, absence: null, receipts: [] };

function judged(assignment: Assignment, evidence: Partial<Evidence>): Assignment {
  return evaluate(assignment, jobOfTenant('acme'), { ...nothing, ...evidence }, { policy, now: at(NOW) }).next;
}

const withReceipt = (receipt: Partial<Receipt>) => ({ receipts: [buildStoredReceipt(receipt)] });
const ended = (outcome: Outcome) => ({ execution: buildExecution('acme', { outcome }) });
const refusal = { kind: 'refused', code: 'DIGEST_MISMATCH', message: 'no', exitCode: 65, digest: digestB } as const;
const lockedDown = { kind: 'refused', code: 'LOCKED_DOWN', message: 'closed', exitCode: 77 } as const;
const failure = { kind: 'failed', code: 'UNPACK_FAILED', message: 'tar', exitCode: 76 } as const;

const refused = claimedAssignment('acme', { adoption: 'REFUSED' });
const gaveUp = claimedAssignment('acme', { adoption: 'FAILED', launchAttempt: 5 });
const unproven = claimedAssignment('acme', { adoption: 'UNPROVEN' });
const idle = claimedAssignment('acme', { adoption: 'NEVER_RAN', retryAt: iso(90) });
const states = { claimed: claimedAssignment(), refused, gaveUp, unproven, idle, adopted: adoptedAssignment() };

describe('evaluate a receipt of the launch', () => {
  it.each<[keyof typeof states, Partial<Receipt>, Assignment['adoption']]>([
    ['claimed', { kind: 'adopted' }, 'ADOPTED'],
    ['idle', { kind: 'adopted' }, 'ADOPTED'],
    ['refused', { kind: 'adopted' }, 'ADOPTED'],
    ['gaveUp', { kind: 'adopted' }, 'ADOPTED'],
    ['unproven', { kind: 'adopted' }, 'ADOPTED'],
    ['adopted', { kind: 'adopted' }, 'ADOPTED'],
    ['claimed', refusal, 'REFUSED'],
    ['idle', refusal, 'REFUSED'],
    ['gaveUp', refusal, 'REFUSED'],
    ['unproven', refusal, 'REFUSED'],
    ['refused', refusal, 'REFUSED'],
    ['adopted', refusal, 'ADOPTED'],
    ['claimed', failure, 'NEVER_RAN'],
    ['idle', failure, 'NEVER_RAN'],
    ['refused', failure, 'REFUSED'],
    ['gaveUp', failure, 'FAILED'],
    ['unproven', failure, 'UNPROVEN'],
    ['adopted', failure, 'ADOPTED'],
    ['claimed', lockedDown, 'NEVER_RAN'],
    ['idle', lockedDown, 'NEVER_RAN'],
    ['gaveUp', lockedDown, 'FAILED'],
    ['unproven', lockedDown, 'UNPROVEN'],
    ['adopted', lockedDown, 'ADOPTED'],
    ['claimed', { kind: 'superseded' }, 'LAUNCHING'],
    ['adopted', { kind: 'superseded' }, 'ADOPTED'],
    ['claimed', { kind: 'finished', exitCode: 0 }, 'LAUNCHING'],
    ['unproven', { kind: 'finished', exitCode: 0 }, 'UNPROVEN'],
    ['adopted', { kind: 'finished', exitCode: 0 }, 'ADOPTED'],
  ])('turns %s with %o into %s', (state, receipt, adoption) => {
    expect(judged(states[state], withReceipt(receipt)).adoption).toBe(adoption);
  });

  it('records digest, execution and receipt as the proof of an adoption', () => {
    expect(judged(claimedAssignment(), withReceipt({ kind: 'adopted' }))).toEqual({
      ...claimedAssignment(),
      adoption: 'ADOPTED',
      execution: executionName(),
      outcome: running,
      proof: buildProof(),
      updatedAt: iso(NOW),
    });
  });

  it('records the reason and exit code of a refusal, and no retry', () => {
    expect(judged(claimedAssignment(), withReceipt(refusal))).toMatchObject({
      adoption: 'REFUSED',
      reason: { code: 'DIGEST_MISMATCH', message: 'no' },
      outcome: failed(65, null),
      execution: executionName(),
      retryAt: null,
    });
  });

  it('records the reason of a failure and the time of a retry', () => {
    expect(judged(claimedAssignment(), withReceipt(failure))).toMatchObject({
      adoption: 'NEVER_RAN',
      reason: { code: 'UNPACK_FAILED', message: 'tar' },
      outcome: failed(76, null),
      execution: executionName(),
      retryAt: iso(NOW + policy.firstDelaySeconds),
      launchAttempt: 1,
    });
  });

  it('does not count a locked-down run as an attempt', () => {
    const last = claimedAssignment('acme', { launchAttempt: policy.maxAttempts });
    expect(judged(last, withReceipt(lockedDown))).toMatchObject({
      adoption: 'NEVER_RAN',
      launchAttempt: policy.maxAttempts - 1,
      retryAt: iso(NOW + policy.firstDelaySeconds),
    });
  });

  it('reports an invalid receipt and changes nothing', () => {
    const receipts = [buildStoredReceipt({ digest: digestB })];
    const { next, ignored } = evaluate(
      claimedAssignment(),
      jobOfTenant('acme'),
      { ...nothing, receipts },
      { policy, now: at(NOW) },
    );
    expect(next).toEqual(claimedAssignment());
    expect(ignored).toEqual([{ object: receipts[0]?.object, why: expect.stringContaining('it computed') }]);
  });

  it('returns the same object if nothing changes', () => {
    for (const state of Object.values(states)) {
      expect(judged(state, withReceipt({ kind: 'superseded' }))).toBe(state);
      expect(judged(state, {})).toBe(state);
    }
    expect(judged(states.adopted, withReceipt({ kind: 'adopted' }))).toBe(states.adopted);
  });
});

describe('evaluate the end of an adopted run', () => {
  const finished = (receipt: Partial<Receipt>) => withReceipt({ kind: 'finished', ...receipt });

  it.each([running, succeeded, cancelled, failed(3, null), failed(null, 'SIGKILL'), failed(null, null)])(
    'records Cloud Run’s outcome %o',
    (outcome) => {
      expect(judged(adoptedAssignment(), ended(outcome)).outcome).toEqual(outcome);
    },
  );

  it('ignores the outcome that a finished receipt claims', () => {
    const adopted = adoptedAssignment();
    expect(judged(adopted, finished({ exitCode: 0 }))).toBe(adopted);
    expect(judged(adopted, { ...ended(running), ...finished({ exitCode: 0 }) })).toBe(adopted);
    const forged = { ...ended(failed(3, null)), ...finished({ exitCode: 0 }) };
    expect(judged(adopted, forged)).toMatchObject({ adoption: 'ADOPTED', outcome: failed(3, null) });
  });

  it('records outcome and adoption in either order of the receipts', () => {
    const receipts = [buildStoredReceipt({ kind: 'finished', exitCode: 0 }), buildStoredReceipt()];
    const both = { ...ended(succeeded), receipts };
    expect(judged(claimedAssignment(), both)).toMatchObject({ adoption: 'ADOPTED', outcome: succeeded });
    expect(judged(claimedAssignment(), { ...both, receipts: receipts.reverse() })).toMatchObject({
      outcome: succeeded,
    });
  });

  it.each<[Outcome, Partial<Receipt> | undefined, Assignment['reason']]>([
    [succeeded, { code: 'COMMAND_NOT_FOUND' }, null],
    [failed(3, null), undefined, { code: 'EXECUTION_FAILED', message: 'the workload ended with exit code 3' }],
    [failed(3, null), { exitCode: 0 }, { code: 'EXECUTION_FAILED', message: 'the workload ended with exit code 3' }],
    [failed(null, 'SIGKILL'), undefined, { code: 'EXECUTION_FAILED', message: 'the workload ended with SIGKILL' }],
    [
      failed(127, null),
      { code: 'COMMAND_NOT_FOUND', message: 'cannot start "greet"', exitCode: 127 },
      { code: 'COMMAND_NOT_FOUND', message: 'cannot start "greet"' },
    ],
    [
      cancelled,
      { code: 'ANYTHING', signal: 'SIGTERM' },
      { code: 'CANCELLED', message: 'the execution was cancelled while its workload ran' },
    ],
  ])('an end %o with the finished receipt %o has the reason %o', (outcome, receipt, reason) => {
    const evidence = { ...ended(outcome), ...(receipt && finished(receipt)) };
    expect(judged(adoptedAssignment(), evidence).reason).toEqual(reason);
  });

  it('bounds the reason of a long receipt', () => {
    const evidence = {
      ...ended(failed(1, null)),
      ...finished({ code: 'x'.repeat(5_000), message: '\u0001'.repeat(2_000) }),
    };
    expect(JSON.stringify(judged(adoptedAssignment(), evidence).reason).length).toBeLessThan(2_200);
  });

  it('ignores the finished receipt of another execution', () => {
    const evidence = { ...ended(failed(1, null)), ...finished({ execution: 'codex-acme-7', code: 'FORGED' }) };
    expect(judged(adoptedAssignment(), evidence).reason?.code).toBe('EXECUTION_FAILED');
  });

  it('ignores the end of another execution', () => {
    const other = buildExecution('acme', { name: executionName('acme', 2), outcome: failed(1, null) });
    expect(judged(adoptedAssignment(), { execution: other })).toEqual(adoptedAssignment());
  });

  it('keeps a known outcome', () => {
    const over = adoptedAssignment('acme', { outcome: failed(1, null) });
    expect(judged(over, finished({ exitCode: 0 }))).toBe(over);
    expect(judged(over, ended(succeeded))).toBe(over);
  });
});

describe('evaluate a console run', () => {
  const run = buildExecution('acme', { name: executionName('acme', 9), launchId: null, createdAt: iso(7) });
  const left = (receipt: Partial<Receipt>) => ({
    launched: null,
    execution: run,
    ...withReceipt({ execution: 'codex-acme-9', launchId: null, writtenAt: iso(9), ...receipt }),
  });

  it('proves the adoption, also of a tenant assigned without a launch', () => {
    expect(judged(buildAssignment(), left({ kind: 'adopted' }))).toMatchObject({
      adoption: 'ADOPTED',
      execution: run.name,
    });
  });

  it('gives an adopted tenant its newer proof', () => {
    expect(judged(adoptedAssignment(), left({ kind: 'adopted' }))).toMatchObject({
      proof: { execution: run.name, adoptedAt: iso(9) },
      execution: run.name,
    });
    const newer = adoptedAssignment('acme', { proof: buildProof('acme', { adoptedAt: iso(50) }) });
    expect(judged(newer, left({ kind: 'adopted' }))).toBe(newer);
  });

  it('ignores a failed or killed console run while a launch is in flight', () => {
    expect(judged(claimedAssignment(), left(failure))).toEqual(claimedAssignment());
    expect(judged(claimedAssignment(), { launched: null, execution: { ...run, outcome: cancelled } })).toEqual(
      claimedAssignment(),
    );
  });

  it.each(['DIGEST_MISMATCH', 'REVOKED', 'ARCHIVE_REFUSED', 'ENVIRONMENT_ENCODED'])(
    'counts a refusal with %s against the pin',
    (code) => {
      expect(judged(buildAssignment(), left({ ...refusal, code }))).toMatchObject({
        adoption: 'REFUSED',
        execution: run.name,
      });
    },
  );

  it.each(['LEDGER_DISAGREES', 'LOCKED_DOWN', 'TASK_COUNT_REFUSED', 'ENVIRONMENT_TOO_LARGE'])(
    'does not count a refusal with %s against the pin',
    (code) => {
      expect(judged(claimedAssignment(), left({ ...refusal, code }))).toEqual(claimedAssignment());
    },
  );
});

describe('evaluate an execution without a receipt', () => {
  it('marks a successful execution UNPROVEN', () => {
    expect(judged(claimedAssignment(), ended(succeeded))).toMatchObject({
      adoption: 'UNPROVEN',
      outcome: succeeded,
      execution: executionName(),
      reason: { code: 'NO_RECEIPT' },
      proof: null,
    });
  });

  it.each([
    [failed(137, null), 'EXECUTION_FAILED', 'exit code 137'],
    [failed(null, 'SIGKILL'), 'EXECUTION_FAILED', 'SIGKILL'],
    [failed(null, null), 'EXECUTION_FAILED', 'unknown exit code'],
    [cancelled, 'CANCELLED', 'cancelled'],
  ])('counts an end with %o as a failed attempt', (outcome, code, text) => {
    expect(judged(claimedAssignment(), ended(outcome))).toMatchObject({
      adoption: 'NEVER_RAN',
      outcome,
      reason: { code, message: expect.stringContaining(text) },
      retryAt: iso(NOW + 10),
    });
  });

  it('marks a started container RUNNING without its name, and LAUNCHING before', () => {
    const started = { adoption: 'RUNNING', execution: null, outcome: null };
    expect(judged(claimedAssignment(), ended(running))).toMatchObject(started);
    const waiting = buildExecution('acme', { started: false });
    expect(judged(claimedAssignment(), { execution: waiting })).toEqual(claimedAssignment());
  });

  it('marks RUNNING once, and then records the verdict', () => {
    const started = judged(claimedAssignment(), ended(running));
    expect(judged(started, ended(running))).toBe(started);
    expect(judged(started, withReceipt({ kind: 'adopted' }))).toMatchObject({ adoption: 'ADOPTED' });
    expect(judged(started, ended(failed(1, null)))).toMatchObject({ adoption: 'NEVER_RAN', outcome: failed(1, null) });
    expect(judged(started, ended(succeeded))).toMatchObject({ adoption: 'UNPROVEN' });
    expect(judged(started, { absence: 'garbage-collected' })).toMatchObject({ adoption: 'UNPROVEN' });
  });

  it('keeps LAUNCHING while the launch is unrecorded', () => {
    expect(judged(claimedAssignment(), { launched: null, ...ended(running) })).toEqual(claimedAssignment());
  });

  it('marks UNPROVEN despite an invalid receipt', () => {
    const forged = { ...ended(succeeded), ...withReceipt({ digest: digestB }) };
    expect(judged(claimedAssignment(), forged).adoption).toBe('UNPROVEN');
  });

  it('ignores an execution of another launch', () => {
    const foreign = buildExecution('acme', {
      name: executionName('acme', 7),
      launchId: 'launch-0',
      outcome: succeeded,
    });
    expect(judged(claimedAssignment(), { execution: foreign })).toEqual(claimedAssignment());
    const anonymous = { ...foreign, launchId: null };
    expect(judged(claimedAssignment(), { launched: null, execution: anonymous })).toEqual(claimedAssignment());
  });
});

describe('evaluate an absent execution', () => {
  it('makes the attempt due again after an expired claim', () => {
    expect(judged(claimedAssignment(), { launched: null, absence: 'never-launched' })).toMatchObject({
      adoption: 'NEVER_RAN',
      launchAttempt: 0,
      reason: { code: 'NEVER_LAUNCHED' },
    });
  });

  it('counts no attempt during an outage, however long', () => {
    const last = claimedAssignment('acme', { launchAttempt: policy.maxAttempts });
    expect(judged(last, { launched: null, absence: 'never-launched' })).toMatchObject({
      adoption: 'NEVER_RAN',
      launchAttempt: policy.maxAttempts - 1,
    });
  });

  it('doubles the pause each time in a row, up to the cap', () => {
    const pauses = [0, 1, 2, 3, 20].map((unlaunched) => {
      const claimed = claimedAssignment('acme', { unlaunched, assignedAt: iso(-100_000) });
      const next = judged(claimed, { launched: null, absence: 'never-launched' });
      expect(next.unlaunched).toBe(unlaunched + 1);
      return (Date.parse(next.retryAt ?? '') - at(NOW).getTime()) / 1000;
    });
    expect(pauses).toEqual([10, 20, 40, 80, 600]);
  });

  it('restarts the pauses after an attempt that ran', () => {
    const claimed = claimedAssignment('acme', { unlaunched: 3 });
    expect(judged(claimed, ended(failed(1, null)))).toMatchObject({ unlaunched: 0, launchAttempt: 1 });
  });

  it('marks a deleted execution UNPROVEN', () => {
    expect(judged(claimedAssignment(), { absence: 'garbage-collected' })).toMatchObject({
      adoption: 'UNPROVEN',
      reason: { code: 'EXECUTION_FORGOTTEN' },
    });
  });

  it('keeps every verdict of a deleted execution', () => {
    for (const state of [refused, gaveUp, unproven, adoptedAssignment('acme', { outcome: succeeded })]) {
      expect(judged(state, { absence: 'garbage-collected' })).toBe(state);
      expect(judged(state, { launched: null, absence: 'never-launched' })).toBe(state);
    }
  });

  it('keeps the adoption of a deleted execution, with an unknown outcome', () => {
    const open = judged(adoptedAssignment(), { absence: 'garbage-collected' });
    expect(open).toMatchObject({ adoption: 'ADOPTED', outcome: null, proof: adoptedAssignment().proof });
    expect(judged(open, withReceipt({ kind: 'finished', exitCode: 0 }))).toBe(open);
  });

  it('adopts by a receipt of a deleted execution', () => {
    expect(judged(claimedAssignment(), { absence: 'garbage-collected', ...withReceipt({}) }).adoption).toBe('ADOPTED');
  });
});

describe('evaluate without evidence', () => {
  const denied = { unavailable: 'Error: 7 PERMISSION_DENIED: run.executions.get' };
  const later = (assignment: Assignment, seconds: number, evidence: Partial<Evidence> = denied) =>
    evaluate(assignment, jobOfTenant('acme'), { ...nothing, launched: null, ...evidence }, { policy, now: at(seconds) })
      .next;

  it('changes nothing until 10 minutes after the claim’s end', () => {
    const claimed = claimedAssignment();
    expect(later(claimed, 629)).toBe(claimed);
    const adopted = adoptedAssignment();
    expect(later(adopted, 599)).toBe(adopted);
  });

  it.each([claimedAssignment(), claimedAssignment('acme', { adoption: 'RUNNING' }), adoptedAssignment()])(
    'adds the reason once and keeps the state: $adoption',
    (before) => {
      const told = later(before, 630);
      const reason = { code: 'EVIDENCE_UNAVAILABLE', message: expect.stringContaining('PERMISSION_DENIED') };
      expect(told).toEqual({ ...before, reason, updatedAt: iso(630) });
      expect(later(told, 700, { unavailable: 'something else' })).toBe(told);
    },
  );

  it('bounds the reason of unavailable evidence', () => {
    const told = later(claimedAssignment(), 630, { unavailable: '"'.repeat(50_000) });
    expect(JSON.stringify(told.reason).length).toBeLessThan(2_200);
  });

  it('removes the reason when evidence arrives', () => {
    const told = later(claimedAssignment(), 630);
    expect(judged(told, ended(running))).toMatchObject({ adoption: 'RUNNING', reason: null });
    expect(judged(told, { execution: buildExecution('acme', { started: false }) }).reason).toBeNull();
    expect(judged(told, withReceipt({ kind: 'adopted' })).reason).toBeNull();
    const open = later(adoptedAssignment(), 630);
    expect(judged(open, ended(running)).reason).toBeNull();
    expect(judged(open, ended(succeeded))).toMatchObject({ outcome: succeeded, reason: null });
  });
});

describe('failAttempt', () => {
  it('doubles the pause up to the cap, and ends with FAILED', () => {
    const pauses = [1, 2, 3, 4].map((launchAttempt) => {
      const { retryAt } = judged(claimedAssignment('acme', { launchAttempt }), ended(failed(1, null)));
      return (Date.parse(retryAt ?? '') - at(NOW).getTime()) / 1000;
    });
    expect(pauses).toEqual([10, 20, 40, 80]);
    expect(judged(claimedAssignment('acme', { launchAttempt: 5 }), ended(failed(1, null)))).toMatchObject({
      adoption: 'FAILED',
      retryAt: null,
      reason: { code: 'EXECUTION_FAILED' },
    });
    const patient = { ...policy, maxAttempts: 99 };
    const assignment = claimedAssignment('acme', { launchAttempt: 50 });
    const evidence = { ...nothing, ...ended(failed(1, null)) };
    const { next } = evaluate(assignment, jobOfTenant('acme'), evidence, { policy: patient, now: at(NOW) });
    expect(next.retryAt).toBe(iso(NOW + policy.maxDelaySeconds));
  });

  it('leaves a tenant with an older proof STALE', () => {
    const moved = claimedAssignment('acme', { revision: 2, proof: buildProof() });
    expect(judged(moved, ended(failed(1, null)))).toMatchObject({ adoption: 'STALE', proof: buildProof() });
  });
});

const RANK = ['NEVER_RAN', 'STALE', 'LAUNCHING', 'RUNNING', 'FAILED', 'UNPROVEN', 'REFUSED', 'ADOPTED'];

describe('evaluate in any order', () => {
  const kind = fc.constantFrom<ReceiptKind>('adopted', 'refused', 'failed', 'superseded', 'finished');
  const receipt = fc
    .record({
      kind,
      taskAttempt: fc.nat({ max: 2 }),
      number: fc.constantFrom(1, 2, 9),
      code: fc.constantFrom('DIGEST_MISMATCH', 'LOCKED_DOWN', 'UNPACK_FAILED', 'REVOKED'),
      exitCode: fc.constantFrom(0, 1, null),
      writtenAt: fc.integer({ min: 1, max: 90 }).map(iso),
    })
    .map(({ number, ...rest }) => buildStoredReceipt({ ...rest, execution: `codex-acme-${number}` }));
  const execution = fc.record({
    name: fc.constantFrom(1, 2, 9).map((number) => executionName('acme', number)),
    job: fc.constant(jobOfTenant('acme')),
    createdAt: fc.integer({ min: -10, max: 10 }).map(iso),
    launchId: fc.constantFrom(null, 'launch-0', 'launch-1'),
    revision: fc.constant(1),
    started: fc.constant(true),
    outcome: fc.constantFrom(running, succeeded, cancelled, failed(1, null)),
  });
  const evidence = fc.record({
    launched: fc.constantFrom(null, executionName()),
    execution: fc.option(execution),
    absence: fc.constantFrom(null, 'never-launched' as const, 'garbage-collected' as const),
    receipts: fc.array(receipt, { maxLength: 3 }),
  });

  it('never lowers a verdict, for any order of evidence', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(states)), fc.array(evidence, { maxLength: 6 }), (start, story) => {
        story.reduce((before, found) => {
          const { next } = evaluate(before, jobOfTenant('acme'), found, { policy, now: at(NOW) });
          if (isVerdict(before.adoption)) {
            expect(RANK.indexOf(next.adoption)).toBeGreaterThanOrEqual(RANK.indexOf(before.adoption));
          }
          if (before.proof !== null) expect(next.proof).not.toBeNull();
          expect(next.adoption === 'ADOPTED').toBe(next.proof?.revision === 1);
          expect(next.launchAttempt).toBeLessThanOrEqual(before.launchAttempt);
          return next;
        }, start);
      }),
      { numRuns: 1000 },
    );
  });

  it('returns the same verdict for every order of receipts', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(states)), evidence, (start, found) => {
        const kinds = found.receipts.map(({ receipt }) => receipt.kind);
        fc.pre(new Set(kinds).size === kinds.length);
        const reversed = { ...found, receipts: [...found.receipts].reverse() };
        expect(judged(start, found)).toEqual(judged(start, reversed));
      }),
    );
  });
});

describe('evaluateRuns', () => {
  const evaluated = (evidence: Partial<Evidence>, job = jobOfTenant('acme')) =>
    evaluateRuns(
      [
        { tenant: buildTenant('acme', { job }), assignment: claimedAssignment() },
        { tenant: buildTenant('globex'), assignment: claimedAssignment('globex') },
      ],
      new Map([['acme', { ...nothing, ...evidence }]]),
      { policy, now: at(NOW) },
    );

  it('evaluates the tenants with evidence, and no others', () => {
    expect([...evaluated(withReceipt({}))]).toMatchObject([['acme', { next: { adoption: 'ADOPTED' } }]]);
  });

  it('evaluates a launch in flight by the job of its record', () => {
    const moved = 'projects/fleet/locations/us-east1/jobs/codex-acme';
    expect(evaluated(withReceipt({}), moved).get('acme')?.next).toMatchObject({
      adoption: 'ADOPTED',
      execution: executionName(),
    });
  });

  it('returns the ignored receipts, and the assignment unchanged', () => {
    const found = withReceipt({ digest: digestB });
    expect(evaluated(found).get('acme')).toEqual({
      next: claimedAssignment(),
      unrecorded: undefined,
      ignored: [{ object: found.receipts[0]?.object, why: expect.stringContaining('assigned is') }],
    });
  });
});
