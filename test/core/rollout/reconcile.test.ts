import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateRuns } from '#functions/core/adoption/evaluate.ts';
import type { Evidence } from '#functions/core/adoption/evidence.ts';
import { defaultRetryPolicy } from '#functions/core/launch/retry-policy.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { type Action, type Plan, type Relaunch, reconcile } from '#functions/core/rollout/reconcile.ts';
import { ADOPTIONS } from '#functions/core/values/adoption.ts';
import { failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, buildAssignment, buildProof, claimedAssignment } from '../../fixtures/assignment.ts';
import { digestA, digestB } from '../../fixtures/digests.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { buildExecution, executionName } from '../../fixtures/execution.ts';
import { buildFleet, type FleetChange } from '../../fixtures/fleet.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, iso, publishTime } from '../../fixtures/times.ts';

const NOW = 100;
const acme = buildTenant('acme');

type Change = FleetChange & {
  selected?: string[];
  evidence?: ReadonlyMap<string, Evidence>;
  relaunch?: Relaunch['tenants'];
  requestedAt?: Date;
};

function planOf({ selected, evidence = new Map(), relaunch, requestedAt = at(NOW), ...change }: Change): Plan {
  const fleet = buildFleet(change);
  const assigned = fleet.tenants.flatMap((tenant) => {
    const stored = fleet.stored.get(tenant.tenant);
    return stored === undefined ? [] : [{ tenant, assignment: stored.value }];
  });
  const request = {
    selected: fleet.tenants.filter(({ tenant }) => selected?.includes(tenant) ?? true),
    evaluations: evaluateRuns(assigned, evidence, { policy: defaultRetryPolicy, now: at(NOW) }),
    relaunch: relaunch && { tenants: relaunch, requestedAt },
  };
  return reconcile(fleet, request, at(NOW));
}

function planFor(change: Change): Action[] {
  return planOf(change).actions;
}

const buildEvidence = (evidence: Partial<Evidence>): ReadonlyMap<string, Evidence> =>
  new Map([['acme', { launched: null, execution: null, absence: null, receipts: [], ...evidence }]]);
const withLaunch = (launch: 'verify' | 'none') => buildEntry(1, { rollout: { ...defaultRolloutPolicy, launch } });
const second = buildEntry(2, { environmentTarDigest: digestB });

describe('reconcile of an unassigned tenant', () => {
  it('assigns and launches an unassigned tenant', () => {
    const [action] = planFor({});
    const launching = buildAssignment('acme', { updatedAt: iso(NOW), adoption: 'LAUNCHING', launchAttempt: 1 });
    const next = { ...launching, assignedAt: null };
    expect(action).toEqual({ kind: 'launch', tenant: acme, expected: null, next, entry: buildEntry(1), isFirst: true });
  });

  it.each([
    ['without a promotion', { entries: [buildEntry(1, { tenants: ['globex'] })] }],
    ['in an empty ledger', { entries: [] }],
    ['on hold', { holds: new Set(['acme']) }],
  ])('plans nothing for an unassigned tenant %s', (_, change) => {
    expect(planFor(change)).toEqual([]);
  });

  it.each([
    ['a freeze', { frozen: true }],
    ['launch: none', { entries: [withLaunch('none')] }],
  ])('assigns without a launch under %s', (_, change) => {
    expect(planFor(change)).toMatchObject([
      { kind: 'assign', next: { revision: 1, adoption: 'NEVER_RAN', launchAttempt: 0 } },
    ]);
  });

  it('launches with the mode of the promotion', () => {
    expect(planFor({ entries: [withLaunch('verify')] })).toMatchObject([
      { kind: 'launch', entry: { rollout: { launch: 'verify' } } },
    ]);
  });
});

describe('reconcile of a tenant on its target', () => {
  it.each<[string, Assignment]>([
    ['in flight', claimedAssignment()],
    ['adopted', adoptedAssignment()],
    ['adopted, and its workload failed', adoptedAssignment('acme', { outcome: failed(1, null) })],
    ['refused', claimedAssignment('acme', { adoption: 'REFUSED' })],
    ['given up', claimedAssignment('acme', { adoption: 'FAILED', launchAttempt: 5 })],
    ['unproven', claimedAssignment('acme', { adoption: 'UNPROVEN' })],
    ['waiting for its next attempt', claimedAssignment('acme', { adoption: 'NEVER_RAN', retryAt: iso(NOW + 1) })],
  ])('plans nothing for a tenant that is %s', (_, assignment) => {
    expect(planFor({ assignments: [assignment] })).toEqual([]);
  });

  it('launches the next attempt when the backoff is over', () => {
    const due = claimedAssignment('acme', { adoption: 'NEVER_RAN', launchAttempt: 2, retryAt: iso(NOW) });
    expect(planFor({ assignments: [due] })).toMatchObject([
      { kind: 'launch', next: { adoption: 'LAUNCHING', launchAttempt: 3, revision: 1, assignedAt: iso(0) } },
    ]);
    expect(planFor({ assignments: [due], frozen: true })).toEqual([]);
    expect(planFor({ assignments: [due], holds: new Set(['acme']) })).toEqual([]);
    expect(planFor({ assignments: [due], entries: [withLaunch('none')] })).toEqual([]);
  });

  it('launches a tenant assigned under a freeze when the freeze ends', () => {
    expect(planFor({ assignments: [buildAssignment()] })).toMatchObject([
      { kind: 'launch', next: { launchAttempt: 1 } },
    ]);
  });
});

describe('reconcile of a tenant with a new target', () => {
  const moved = { entries: [buildEntry(1), second] };

  it('reassigns from every state at once, with its proof and fresh attempts', () => {
    const proved = adoptedAssignment('acme', { launchAttempt: 4, reason: { code: 'A', message: 'b' } });
    expect(planFor({ ...moved, assignments: [proved] })).toEqual([
      {
        kind: 'launch',
        tenant: acme,
        expected: '1',
        entry: second,
        isFirst: true,
        next: {
          ...buildAssignment('acme', { revision: 2, digest: digestB, updatedAt: iso(NOW), adoption: 'LAUNCHING' }),
          assignedAt: null,
          launchAttempt: 1,
          leftRunning: [{ execution: executionName(), assignedAt: iso(0) }],
          proof: buildProof(),
        },
      },
    ]);
    expect(planFor({ ...moved, assignments: [claimedAssignment()] })).toMatchObject([
      { kind: 'launch', next: { revision: 2 } },
    ]);
  });

  it('keeps the last revision that passed through a failed one', () => {
    const passed = planFor({ ...moved, assignments: [adoptedAssignment('acme', { outcome: succeeded })] });
    expect(passed).toMatchObject([{ next: { revision: 2, lastGood: 1 } }]);
    const third = buildEntry(3);
    const bad = claimedAssignment('acme', { revision: 2, adoption: 'REFUSED', lastGood: 1 });
    expect(planFor({ entries: [buildEntry(1), second, third], assignments: [bad] })).toMatchObject([
      { next: { revision: 3, lastGood: 1 } },
    ]);
  });

  it('keeps the old execution, which counts as running beside the new one', () => {
    const plan = planOf({ ...moved, assignments: [adoptedAssignment()] });
    const leftRunning = [{ execution: executionName(), assignedAt: iso(0) }];
    expect(plan.actions).toMatchObject([{ kind: 'launch', next: { revision: 2, execution: null, leftRunning } }]);
    const launched = claimedAssignment('acme', { revision: 2, digest: digestB, leftRunning });
    const running = (evidence: ReadonlyMap<string, Evidence>) =>
      planOf({ ...moved, assignments: [launched], evidence });
    expect(running(new Map()).running).toEqual([acme.job, executionName()]);
    const ended = running(buildEvidence({ ended: [executionName()] }));
    expect(ended.running).toEqual([acme.job]);
    expect(ended.actions).toEqual([
      {
        kind: 'record',
        tenant: acme,
        expected: '1',
        next: claimedAssignment('acme', { revision: 2, digest: digestB }),
      },
    ]);
  });

  it('keeps the pin of a held tenant and records the end of its run', () => {
    const held = { ...moved, holds: new Set(['acme']), assignments: [claimedAssignment()] };
    expect(planFor(held)).toEqual([]);
    const evidence = buildEvidence({ launched: executionName(), receipts: [buildStoredReceipt()] });
    expect(planFor({ ...held, evidence })).toMatchObject([
      { kind: 'record', next: { revision: 1, adoption: 'ADOPTED' } },
    ]);
  });

  it('keeps a proof from the evidence of the same reconcile', () => {
    const evidence = buildEvidence({ launched: executionName(), receipts: [buildStoredReceipt()] });
    expect(planFor({ ...moved, assignments: [claimedAssignment()], evidence })).toMatchObject([
      { kind: 'launch', next: { revision: 2, proof: { revision: 1 } } },
    ]);
  });

  it('marks a proved tenant STALE while launches are frozen', () => {
    expect(planFor({ ...moved, assignments: [adoptedAssignment()], frozen: true })).toMatchObject([
      { kind: 'assign', next: { revision: 2, adoption: 'STALE' } },
    ]);
  });
});

describe('reconcile after a late event', () => {
  const late = buildEntry(2, { environmentTarDigest: digestB, publishTime: publishTime(0), messageId: '0' });

  it('keeps the target of tenants that a later promotion covers', () => {
    expect(planFor({ entries: [buildEntry(1), late], assignments: [adoptedAssignment()] })).toEqual([]);
  });

  it('reassigns tenants that no later promotion covers', () => {
    const scoped = buildEntry(1, { tenants: ['acme'] });
    const globex = buildTenant('globex');
    const plan = planFor({ entries: [scoped, late], tenants: [acme, globex], assignments: [adoptedAssignment()] });
    expect(plan).toMatchObject([{ kind: 'launch', tenant: globex, next: { revision: 2 } }]);
  });
});

describe('reconcile of a repeated pin', () => {
  it('plans nothing if the repeated entry is adopted', () => {
    const entries = [buildEntry(1), buildEntry(2, { sameAs: 1 })];
    expect(planFor({ entries, assignments: [adoptedAssignment()] })).toEqual([]);
    expect(planFor({ entries })).toMatchObject([{ kind: 'launch', next: { revision: 1 }, entry: { revision: 1 } }]);
  });
});

describe('reconcile with evidence', () => {
  it('records an adoption', () => {
    const evidence = buildEvidence({ launched: executionName(), receipts: [buildStoredReceipt()] });
    expect(planFor({ assignments: [claimedAssignment()], evidence })).toMatchObject([
      { kind: 'record', tenant: acme, expected: '1', next: { adoption: 'ADOPTED', launchId: 'launch-1' } },
    ]);
  });

  it('records a failed run with the time of the next attempt', () => {
    const execution = buildExecution('acme', { outcome: failed(1, null) });
    expect(planFor({ assignments: [claimedAssignment()], evidence: buildEvidence({ execution }) })).toMatchObject([
      { kind: 'record-launch', execution: executionName() },
      { kind: 'record', next: { adoption: 'NEVER_RAN', retryAt: iso(NOW + 10) } },
    ]);
  });

  it('records an unrecorded launch once', () => {
    const execution = buildExecution();
    expect(planFor({ assignments: [claimedAssignment()], evidence: buildEvidence({ execution }) })).toEqual([
      {
        kind: 'record-launch',
        tenant: acme,
        expected: '1',
        assignment: claimedAssignment(),
        execution: executionName(),
      },
    ]);
    const known = buildEvidence({ execution, launched: executionName() });
    const started = claimedAssignment('acme', { adoption: 'RUNNING', execution: execution.name });
    expect(planFor({ assignments: [started], evidence: known })).toEqual([]);
  });

  it('never records a console run as a launch', () => {
    const byConsole = adoptedAssignment('acme', { launchId: null, owner: null, notAfter: null });
    const execution = buildExecution('acme', { launchId: null, outcome: running });
    expect(planFor({ assignments: [byConsole], evidence: buildEvidence({ execution }) })).toEqual([]);
  });

  it('makes the same attempt due again after a claim without an execution', () => {
    const evidence = buildEvidence({ absence: 'never-launched' });
    expect(planFor({ assignments: [claimedAssignment()], evidence })).toMatchObject([
      { kind: 'record', next: { adoption: 'NEVER_RAN', launchAttempt: 0 } },
    ]);
  });
});

describe('reconcile with a relaunch', () => {
  const failures = ['REFUSED', 'FAILED', 'UNPROVEN'] as const;

  it.each(failures)('relaunches a %s tenant from the first attempt', (adoption) => {
    const failure = claimedAssignment('acme', { adoption, launchAttempt: 5 });
    expect(planFor({ assignments: [failure], relaunch: 'failed' })).toMatchObject([
      { kind: 'launch', next: { adoption: 'LAUNCHING', launchAttempt: 1 } },
    ]);
  });

  it('relaunches only the named tenants', () => {
    const globex = buildTenant('globex');
    const assignments = ['acme', 'globex'].map((tenant) => claimedAssignment(tenant, { adoption: 'FAILED' }));
    const plan = planFor({ tenants: [acme, globex], assignments, relaunch: new Set(['globex']) });
    expect(plan).toMatchObject([{ kind: 'launch', tenant: globex }]);
  });

  it('skips the backoff and keeps the attempt’s number', () => {
    const pausing = claimedAssignment('acme', { adoption: 'NEVER_RAN', launchAttempt: 2, retryAt: iso(NOW + 300) });
    for (const relaunch of ['failed' as const, new Set(['acme'])]) {
      expect(planFor({ assignments: [pausing], relaunch })).toMatchObject([
        { kind: 'launch', next: { launchAttempt: 3 } },
      ]);
    }
    expect(planFor({ assignments: [pausing], relaunch: new Set(['globex']) })).toEqual([]);
  });

  it('never relaunches an adopted, in-flight or held tenant', () => {
    const relaunch = new Set(['acme']);
    expect(planFor({ assignments: [adoptedAssignment()], relaunch })).toEqual([]);
    expect(planFor({ assignments: [claimedAssignment()], relaunch })).toEqual([]);
    const failure = claimedAssignment('acme', { adoption: 'FAILED' });
    expect(planFor({ assignments: [failure], relaunch, holds: new Set(['acme']) })).toEqual([]);
  });

  it.each(failures)('keeps the relaunch of a %s tenant until the freeze ends', (adoption) => {
    const failure = claimedAssignment('acme', { adoption, launchAttempt: 5, proof: buildProof() });
    const kept = { ...failure, adoption: 'STALE' as const, launchAttempt: 0, updatedAt: iso(NOW) };
    const frozen = { assignments: [failure], relaunch: 'failed' as const, frozen: true };
    expect(planFor(frozen)).toEqual([{ kind: 'reopen', tenant: acme, expected: '1', next: kept }]);
    expect(planFor({ ...frozen, assignments: [kept] })).toEqual([]);
    expect(planFor({ assignments: [kept] })).toMatchObject([{ kind: 'launch', next: { launchAttempt: 1 } }]);
  });
});

describe('reconcile with a redelivered relaunch', () => {
  const failure = (second: number) =>
    claimedAssignment('acme', { adoption: 'FAILED', launchAttempt: 5, updatedAt: iso(second) });
  const planRelaunch = (requestedAt: number, assignment: Assignment, relaunch: Relaunch['tenants'] = 'failed') =>
    planFor({ assignments: [assignment], relaunch, requestedAt: at(requestedAt) });

  it('relaunches failures before the request, not later ones', () => {
    expect(planRelaunch(50, failure(50))).toMatchObject([{ kind: 'launch', next: { launchAttempt: 1 } }]);
    expect(planRelaunch(50, failure(51))).toEqual([]);
    expect(planRelaunch(50, failure(51), new Set(['acme']))).toEqual([]);
  });

  it('keeps the backoff of an attempt that failed after the request', () => {
    const pausing = claimedAssignment('acme', { adoption: 'NEVER_RAN', retryAt: iso(NOW + 5), updatedAt: iso(60) });
    expect(planRelaunch(50, pausing)).toEqual([]);
    expect(planRelaunch(70, pausing)).toMatchObject([{ kind: 'launch' }]);
  });
});

describe('reconcile of a revision with more failures than maxFailures', () => {
  const fleet = ['acme', 'globex', 'initech'].map((tenant) => buildTenant(tenant));
  const refused = (tenant: string) =>
    claimedAssignment(tenant, { adoption: 'REFUSED', execution: executionName(tenant) });
  const launchedIn = (change: Change) =>
    planFor({ tenants: fleet, ...change }).map(({ kind, tenant }) => `${kind} ${tenant.tenant}`);
  const tolerant = buildEntry(1, { rollout: { ...defaultRolloutPolicy, maxFailures: 1 } });

  it('plans no first launch of it and names the blocked tenants', () => {
    const plan = planOf({ tenants: fleet, assignments: [refused('acme')] });
    expect(plan.actions).toEqual([]);
    expect(plan.blocked.map(({ tenant }) => tenant)).toEqual(['globex', 'initech']);
  });

  it('launches every tenant while failures are within maxFailures', () => {
    expect(launchedIn({ entries: [tolerant], assignments: [refused('acme')] })).toEqual([
      'launch globex',
      'launch initech',
    ]);
    expect(launchedIn({ entries: [tolerant], assignments: [refused('acme'), refused('globex')] })).toEqual([]);
  });

  it('counts the failures of tenants that the plan does not act on', () => {
    expect(launchedIn({ selected: ['globex'], assignments: [refused('acme')] })).toEqual([]);
  });

  it('counts a failure in the same plan’s evidence, and a failed workload', () => {
    const refusal = buildStoredReceipt({ kind: 'refused', code: 'DIGEST_MISMATCH', digest: digestB, exitCode: 65 });
    const evidence = buildEvidence({ launched: executionName(), receipts: [refusal] });
    expect(launchedIn({ assignments: [claimedAssignment()], evidence })).toEqual(['record acme']);
    expect(launchedIn({ assignments: [adoptedAssignment('acme', { outcome: failed(1, null) })] })).toEqual([]);
  });

  it('does not assign it either, in a freeze or with launch none', () => {
    expect(launchedIn({ frozen: true, assignments: [refused('acme')] })).toEqual([]);
    expect(launchedIn({ entries: [withLaunch('none')], assignments: [refused('acme')] })).toEqual([]);
  });

  it('launches it again for tenants that launched it before or are relaunched', () => {
    const retried = claimedAssignment('globex', {
      adoption: 'NEVER_RAN',
      launchAttempt: 2,
      execution: executionName('globex'),
    });
    const assignments = [refused('acme'), retried];
    expect(launchedIn({ assignments })).toEqual(['launch globex']);
    expect(launchedIn({ assignments: [refused('acme')], relaunch: 'failed' })).toEqual(['launch acme']);
  });

  it('blocks a first launch also for a named tenant', () => {
    expect(launchedIn({ assignments: [refused('acme')], relaunch: new Set(['globex']) })).toEqual([]);
  });

  it('launches the revision that replaces it', () => {
    expect(launchedIn({ entries: [buildEntry(1), second], assignments: [refused('acme')] })).toEqual([
      'launch acme',
      'launch globex',
      'launch initech',
    ]);
  });
});

describe('reconcile with a revoked digest', () => {
  const moved = { entries: [buildEntry(1), second], revokedDigests: new Set([digestB]) };

  it('neither assigns nor launches a revoked digest', () => {
    const before = adoptedAssignment('acme', { outcome: succeeded });
    for (const change of [{}, { frozen: true }, { relaunch: new Set(['acme']) }]) {
      const plan = planOf({ ...moved, ...change, assignments: [before] });
      expect(plan.actions).toEqual([]);
      expect(plan.blocked).toEqual([acme]);
    }
  });

  it('does not relaunch a revoked digest, but records its verdict', () => {
    const due = claimedAssignment('acme', { revision: 2, digest: digestB, adoption: 'NEVER_RAN', launchAttempt: 1 });
    expect(planFor({ ...moved, assignments: [due] })).toEqual([]);
    const evidence = buildEvidence({ launched: executionName(), receipts: [buildStoredReceipt()] });
    expect(planFor({ ...moved, assignments: [claimedAssignment()], evidence })).toMatchObject([
      { kind: 'record', next: { revision: 1, adoption: 'ADOPTED' } },
    ]);
  });

  it('launches although an older revision is revoked', () => {
    expect(planFor({ ...moved, revokedDigests: new Set([digestA]) })).toMatchObject([{ kind: 'launch' }]);
  });
});

/** What is idle has attempts left: the last one ends in FAILED. */
function reachable<T extends { adoption: string; launchAttempt: number }>(change: T): T {
  const isIdle = change.adoption === 'NEVER_RAN' || change.adoption === 'STALE';
  return isIdle ? { ...change, launchAttempt: Math.min(4, change.launchAttempt) } : change;
}

describe('reconcile of a fleet', () => {
  it('plans nothing for a settled fleet of any size, or for removed tenants', () => {
    const tenants = Array.from({ length: 500 }, (_, index) => buildTenant(`tenant-${index}`));
    const assignments = [
      ...tenants.map(({ tenant }) => adoptedAssignment(tenant, { outcome: succeeded })),
      claimedAssignment('removed'),
    ];
    expect(planOf({ tenants, assignments, evidence: buildEvidence({}) })).toEqual({
      actions: [],
      running: [],
      blocked: [],
    });
  });

  const assignment = fc.record({
    tenant: fc.constantFrom('a', 'b', 'c', 'd'),
    revision: fc.constantFrom(1, 2),
    adoption: fc.constantFrom(...ADOPTIONS.filter((state) => state !== 'HELD' && state !== 'WAITING')),
    launchAttempt: fc.integer({ min: 0, max: 5 }),
    retryAt: fc.constantFrom(null, iso(NOW - 1), iso(NOW + 1)),
    proof: fc.constantFrom(null, buildProof()),
  });
  const fleet = fc.record({
    entries: fc.subarray<LedgerEntry>([buildEntry(1), second, buildEntry(3, { tenants: ['a', 'b'] })]),
    tenants: fc.subarray(['a', 'b', 'c', 'd']).map((tenants) => tenants.map((tenant) => buildTenant(tenant))),
    holds: fc.subarray(['a', 'b', 'c', 'd']).map((held) => new Set(held)),
    frozen: fc.boolean(),
    revokedDigests: fc.subarray([digestA, digestB]).map((revoked) => new Set(revoked)),
    relaunch: fc.constantFrom('failed' as const, undefined, new Set(['a', 'c'])),
    assignments: fc
      .uniqueArray(assignment, { selector: ({ tenant }) => tenant })
      .map((changes) => changes.map((change) => claimedAssignment(change.tenant, reachable(change)))),
    absences: fc.array(fc.constantFrom(null, 'never-launched' as const, 'garbage-collected' as const), {
      minLength: 4,
      maxLength: 4,
    }),
  });

  it('plans at most one write per tenant, and only allowed launches', () => {
    fc.assert(
      fc.property(fleet, ({ absences, ...change }) => {
        const evidence = new Map(
          ['a', 'b', 'c', 'd'].map((tenant, index) => [
            tenant,
            { launched: null, execution: null, absence: absences[index] ?? null, receipts: [] },
          ]),
        );
        const plan = planFor({ ...change, evidence });
        const writes = plan.filter(({ kind }) => kind !== 'record-launch').map(({ tenant }) => tenant.tenant);
        expect(new Set(writes).size).toBe(writes.length);
        for (const action of plan) {
          expect(change.tenants).toContainEqual(action.tenant);
          if (action.kind !== 'launch') continue;
          expect(change.frozen || change.holds.has(action.tenant.tenant)).toBe(false);
          expect(change.revokedDigests.has(action.entry.environmentTarDigest)).toBe(false);
          expect(action.next.launchAttempt).toBeLessThanOrEqual(defaultRetryPolicy.maxAttempts);
          expect(action.next.adoption).toBe('LAUNCHING');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
