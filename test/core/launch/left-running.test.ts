import { describe, expect, it } from 'vitest';
import { leftBehind, withoutEnded } from '#functions/core/launch/left-running.ts';
import { succeeded } from '#functions/core/values/outcome.ts';
import { adoptedAssignment, claimedAssignment } from '../../fixtures/assignment.ts';
import { executionName } from '../../fixtures/execution.ts';
import { iso } from '../../fixtures/times.ts';

const run = (number: number) => ({ execution: executionName('acme', number), assignedAt: iso(number) });

describe('leftBehind', () => {
  it('returns at most three active executions, newest first', () => {
    const running = adoptedAssignment('acme', { execution: run(9).execution, assignedAt: iso(9) });
    expect(leftBehind(running)).toEqual([run(9)]);
    expect(leftBehind({ ...running, leftRunning: [run(4), run(3), run(2)] })).toEqual([run(9), run(4), run(3)]);
  });

  it('returns undefined for an ended or unnamed execution', () => {
    expect(leftBehind(undefined)).toBeUndefined();
    expect(leftBehind(adoptedAssignment('acme', { outcome: succeeded }))).toBeUndefined();
    expect(leftBehind(claimedAssignment())).toBeUndefined();
    expect(leftBehind(adoptedAssignment('acme', { outcome: succeeded, leftRunning: [run(1)] }))).toEqual([run(1)]);
  });

  it('withoutEnded drops ended executions only', () => {
    const assignment = adoptedAssignment('acme', { leftRunning: [run(2), run(1)] });
    expect(withoutEnded(assignment, [run(1).execution])).toEqual({ ...assignment, leftRunning: [run(2)] });
    expect(withoutEnded(assignment, [run(2).execution, run(1).execution])).toEqual(adoptedAssignment());
    expect(withoutEnded(assignment, [run(7).execution])).toBe(assignment);
  });
});
