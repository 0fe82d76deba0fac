import { describe, expect, it } from 'vitest';
import {
  findCandidates,
  mergeFindings,
  orphanReason,
  type ScanInput,
  truncated,
} from '#functions/core/orphans/detect.ts';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { locationOf, type Tenant } from '#functions/core/records/tenant.ts';
import type { Execution } from '#functions/core/values/execution.ts';
import { running, succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { buildExecution, executionName } from '../../fixtures/execution.ts';
import { buildStored } from '../../fixtures/fleet.ts';
import { buildTenant, jobOfTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

function suspicionsOf(looked: {
  tenants?: Tenant[];
  assignments?: Assignment[];
  jobs?: string[];
  executions?: Execution[];
  until?: Date;
  unseen?: boolean;
}) {
  const {
    tenants = [buildTenant('acme')],
    assignments = [],
    jobs = tenants.map(({ job }) => job),
    executions = [],
    until = at(60),
    unseen = false,
  } = looked;
  const seen: ScanInput = {
    tenants,
    stored: buildStored(assignments),
    jobs: new Set(jobs),
    listedLocations: new Set(unseen ? [] : tenants.map(({ job }) => locationOf(job))),
    executions,
    until,
  };
  return findCandidates(seen);
}

const nothing = { missingJob: [], unregistered: [], untracked: [], consoleRuns: [] };

describe('findCandidates', () => {
  it('finds no candidates in a fleet with all jobs and recorded launches', () => {
    expect(suspicionsOf({ assignments: [adoptedAssignment()], executions: [buildExecution()] })).toEqual(nothing);
  });

  it('finds registered tenants whose job is missing', () => {
    const tenants = [buildTenant('acme'), buildTenant('globex')];
    expect(suspicionsOf({ tenants, jobs: [jobOfTenant('globex')] }).missingJob).toEqual([buildTenant('acme')]);
  });

  it('finds running executions of unregistered tenants, and no ended ones', () => {
    const open = buildExecution('old', { launchId: null, outcome: running });
    const over = buildExecution('old', { name: executionName('old', 2), outcome: succeeded });
    const found = suspicionsOf({ assignments: [adoptedAssignment('old')], executions: [open, over] });
    expect(found).toEqual({
      ...nothing,
      unregistered: [{ execution: open, tenant: 'old', assignment: adoptedAssignment('old') }],
    });
  });

  it('assigns a job’s executions to the tenant that is registered with it', () => {
    const renamed = buildTenant('newname', { job: jobOfTenant('acme') });
    const execution = buildExecution('acme', { outcome: running });
    const assignments = [adoptedAssignment('acme'), adoptedAssignment('newname', { execution: execution.name })];
    expect(suspicionsOf({ tenants: [renamed], assignments, executions: [execution] })).toMatchObject({
      unregistered: [],
      untracked: [],
    });
  });

  it('reports no missing job in a location that could not be listed', () => {
    expect(suspicionsOf({ jobs: [], unseen: true }).missingJob).toEqual([]);
  });

  it('ignores executions of jobs outside this fleet', () => {
    expect(suspicionsOf({ executions: [buildExecution('stranger')] })).toEqual(nothing);
  });

  it.each<[string, Assignment[]]>([
    ['whose launch is not the assignment’s', [adoptedAssignment('acme', { launchId: 'launch-2' })]],
    ['beside the one that the assignment names', [adoptedAssignment('acme', { execution: executionName('acme', 7) })]],
    ['of a claim that has no execution yet', [claimedAssignment()]],
    ['of a tenant without an assignment', []],
  ])('returns an untracked execution %s', (_, assignments) => {
    const execution = buildExecution();
    expect(suspicionsOf({ assignments, executions: [execution] }).untracked).toMatchObject([
      { execution, tenant: 'acme' },
    ]);
  });

  it('ignores an execution that its launcher may be recording', () => {
    const young = buildExecution('acme', { createdAt: iso(61) });
    expect(suspicionsOf({ assignments: [], executions: [young] }).untracked).toEqual([]);
  });

  it('returns console runs apart from untracked executions', () => {
    const run = buildExecution('acme', { launchId: null });
    expect(suspicionsOf({ executions: [run] })).toMatchObject({ untracked: [], consoleRuns: [{ execution: run }] });
  });
});

describe('orphanReason', () => {
  const suspect = (assignment?: Assignment) => ({ execution: buildExecution(), tenant: 'acme', assignment });

  it('clears an execution that its launch record names', () => {
    expect(orphanReason(suspect(claimedAssignment('acme', { launchId: 'launch-2' })), executionName())).toBeUndefined();
  });

  it('clears a claim that may still be recorded', () => {
    expect(orphanReason(suspect(claimedAssignment()), undefined)).toBeUndefined();
  });

  it.each<[string, Assignment | undefined]>([
    ['of a claim that has ended', claimedAssignment('acme', { adoption: 'NEVER_RAN' })],
    ['of another claim', claimedAssignment('acme', { launchId: 'launch-2' })],
    ['of a tenant without an assignment', undefined],
  ])('names the unrecorded launch %s', (_, assignment) => {
    expect(orphanReason(suspect(assignment), undefined)).toBe('no record of launch launch-1');
  });

  it('names the execution in the launch record', () => {
    const other = executionName('acme', 9);
    expect(orphanReason(suspect(adoptedAssignment('acme', { execution: other })), other)).toBe(
      `the record of launch launch-1 names ${other}`,
    );
  });
});

describe('mergeFindings', () => {
  const stray = (execution: string, second: number) => ({ execution, tenant: 'a', createdAt: iso(second), why: 'x' });

  it('keeps new findings, and earlier ones until they expire', () => {
    const earlier = [stray('e1', 10), stray('e2', 50), stray('e3', 60)];
    const told = mergeFindings([stray('e3', 60), stray('e4', 90)], earlier, new Set(['e3', 'e4']), at(20));
    expect(told.map(({ execution }) => execution)).toEqual(['e3', 'e4', 'e2']);
  });

  it('drops findings that a later scan cleared', () => {
    expect(mergeFindings([], [stray('e1', 50)], new Set(['e1']), at(20))).toEqual([]);
  });

  it('truncated keeps 100 items and the total', () => {
    expect(truncated(Array.from({ length: 250 }, (_, index) => index))).toMatchObject({
      total: 250,
      first: { length: 100 },
    });
  });
});
