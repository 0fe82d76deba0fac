import { describe, expect, it } from 'vitest';
import { Ledger } from '#functions/core/promotion/ledger.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import {
  failedRevisions,
  gateVerdict,
  hasFailed,
  hasPassed,
  isFirstLaunch,
  isOpen,
  type Member,
} from '#functions/core/rollout/wave-gate.ts';
import { cancelled, failed, running, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, buildAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildEntry } from '../../fixtures/entry.ts';
import { executionName } from '../../fixtures/execution.ts';

const passed: Member = { adoption: 'ADOPTED', outcome: succeeded };
const refused: Member = { adoption: 'REFUSED', outcome: null };
const held: Member = { adoption: 'HELD', outcome: null };
const launching: Member = { adoption: 'LAUNCHING', outcome: null };

describe('hasPassed and hasFailed', () => {
  it.each([
    ['ADOPTED', succeeded, 'passed'],
    ['ADOPTED', running, 'open'],
    ['ADOPTED', null, 'open'],
    ['ADOPTED', failed(1, null), 'failed'],
    ['ADOPTED', cancelled, 'failed'],
    ['REFUSED', null, 'failed'],
    ['FAILED', null, 'failed'],
    ['UNPROVEN', succeeded, 'failed'],
    ['LAUNCHING', null, 'open'],
    ['STALE', succeeded, 'open'],
    ['STALE', failed(1, null), 'open'],
    ['HELD', null, 'open'],
    ['NEVER_RAN', null, 'open'],
  ] as const)('a member that is %s with outcome %o counts as %s', (adoption, outcome, standing) => {
    const member = { adoption, outcome };
    expect({ passed: hasPassed(member), failed: hasFailed(member), open: isOpen(member) }).toEqual({
      passed: standing === 'passed',
      failed: standing === 'failed',
      open: standing === 'open',
    });
  });
});

describe('gateVerdict', () => {
  it.each<[string, Member[], number, string]>([
    ['every member passed', [passed, passed], 0, 'PASS'],
    ['one member is open', [passed, launching], 0, 'INCONCLUSIVE'],
    ['one member failed and maxFailures is 0', [passed, refused], 0, 'FAIL'],
    ['more than maxFailures failed while others are open', [refused, refused, launching], 1, 'FAIL'],
    ['maxFailures failed and the others passed', [passed, refused], 1, 'PASS'],
    ['every member that is not held passed', [passed, held], 0, 'PASS'],
    ['every member is held', [held, held], 0, 'INCONCLUSIVE'],
    ['the wave is empty', [], 0, 'INCONCLUSIVE'],
  ])('returns its verdict if %s', (_, members, maxFailures, verdict) => {
    expect(gateVerdict(members, maxFailures)).toBe(verdict);
  });
});

describe('failedRevisions', () => {
  const failedOf = (maxFailures: number, assignments: Assignment[], entries = [1]) => {
    const ledger = new Ledger(
      entries.map((revision) => buildEntry(revision, { rollout: { ...defaultRolloutPolicy, maxFailures } })),
    );
    return failedRevisions(
      ['acme', 'globex', 'initech'].map((tenant) => ({
        target: ledger.targetOf(tenant),
        assignment: assignments.find((assignment) => assignment.tenant === tenant),
      })),
    );
  };
  const broken = (tenant: string) => claimedAssignment(tenant, { adoption: 'FAILED' });

  it('counts failed members, also by their workload, and no others', () => {
    expect([...failedOf(0, [broken('acme')])]).toEqual([1]);
    expect([...failedOf(0, [adoptedAssignment('acme', { outcome: failed(1, null) })])]).toEqual([1]);
    expect([...failedOf(1, [broken('acme'), claimedAssignment('globex')])]).toEqual([]);
    expect([...failedOf(1, [broken('acme'), broken('globex')])]).toEqual([1]);
  });

  it('ignores failures of older revisions and of unregistered tenants', () => {
    expect([...failedOf(0, [broken('acme')], [1, 2])]).toEqual([]);
    expect([...failedOf(0, [broken('gone')])]).toEqual([]);
  });
});

describe('isFirstLaunch', () => {
  it.each<[string, Assignment | undefined, boolean]>([
    ['the tenant was never assigned', undefined, true],
    ['the tenant is on another revision', claimedAssignment('acme', { revision: 2, adoption: 'FAILED' }), true],
    ['the tenant was only assigned it', buildAssignment(), true],
    ['its earlier claims never ran', buildAssignment('acme', { launchId: 'launch-1', unlaunched: 3 }), true],
    ['an attempt failed', buildAssignment('acme', { launchAttempt: 1 }), false],
    ['its console run was refused', buildAssignment('acme', { adoption: 'REFUSED' }), false],
    ['an operator reopened it after it ran', buildAssignment('acme', { execution: executionName() }), false],
  ])('isFirstLaunch when %s', (_, stored, isFirst) => {
    expect(isFirstLaunch(stored, buildEntry(1))).toBe(isFirst);
  });
});
