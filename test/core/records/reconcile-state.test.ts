import { describe, expect, it } from 'vitest';
import {
  isCountCurrent,
  newReconcileState,
  type ReconcileState,
  runningElsewhere,
  withoutRollout,
  withRollout,
} from '#functions/core/records/reconcile-state.ts';
import { at, iso } from '../../fixtures/times.ts';

const buildState = (change: Partial<ReconcileState> = {}): ReconcileState => ({
  ...newReconcileState('codex'),
  ...change,
});

describe('withRollout', () => {
  const rollout = (owner: string, second: number) => ({ owner, startedAt: iso(second), locations: [] });

  it('keeps each rollout until it ends, or until its function must have died', () => {
    const both = withRollout(buildState({ rollouts: [rollout('a', 0)] }), rollout('b', 500), at(500));
    expect(both.rollouts.map(({ owner }) => owner)).toEqual(['a', 'b']);
    expect(withoutRollout(both, 'a')?.rollouts.map(({ owner }) => owner)).toEqual(['b']);
    expect(withoutRollout(both, 'c')).toBeUndefined();
    expect(withRollout(both, rollout('c', 1_000), at(1_000)).rollouts.map(({ owner }) => owner)).toEqual(['b', 'c']);
  });
});

describe('runningElsewhere', () => {
  const counted = (runtime: string, second: number) => ({
    ...newReconcileState(runtime),
    running: { here: 3 },
    countedAt: iso(second),
  });

  it('counts other runtimes for 1 h, unless this invocation counted them', () => {
    const states = [counted('codex', 0), counted('argon', 0), newReconcileState('new')];
    expect(runningElsewhere(states, (runtime) => runtime === 'codex', at(3_599))).toEqual([{ here: 3 }]);
    expect(runningElsewhere(states, () => false, at(3_600))).toEqual([]);
  });

  it('isCountCurrent asks for a write on a change, and every 10 minutes while executions run', () => {
    expect(isCountCurrent(counted('codex', 0), { here: 3 }, at(599))).toBe(true);
    expect(isCountCurrent(counted('codex', 0), { here: 3 }, at(600))).toBe(false);
    expect(isCountCurrent(counted('codex', 0), { here: 2 }, at(1))).toBe(false);
    expect(isCountCurrent(counted('codex', 0), {}, at(1))).toBe(false);
    expect(isCountCurrent(buildState(), {}, at(1))).toBe(true);
  });
});
