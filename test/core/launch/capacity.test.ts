import { describe, expect, it } from 'vitest';
import {
  countsByLocation,
  isCountCurrent,
  runningElsewhere,
  sumCounts,
  withinRunningCap,
} from '#functions/core/launch/capacity.ts';
import { newReconcileState } from '#functions/core/records/reconcile-state.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { at, iso } from '../../fixtures/times.ts';

const order = (tenant: string, region = 'r1') => ({
  tenant: buildTenant(tenant, { job: `projects/p/locations/${region}/jobs/codex-${tenant}` }),
});
const namesOf = (orders: readonly { tenant: { tenant: string } }[]) => orders.map(({ tenant }) => tenant.tenant);
const r1 = 'projects/p/locations/r1';

describe('withinRunningCap', () => {
  it('defers the launches of a full location, and admits those of another', () => {
    const { admitted, deferred } = withinRunningCap([order('c'), order('d'), order('e', 'r2')], { [r1]: 2 }, 3);
    expect(namesOf(admitted)).toEqual(['c', 'e']);
    expect(namesOf(deferred)).toEqual(['d']);
  });

  it('admits no launch above the cap', () => {
    const { admitted, deferred } = withinRunningCap([order('c')], { [r1]: 2 }, 1);
    expect(namesOf(admitted)).toEqual([]);
    expect(namesOf(deferred)).toEqual(['c']);
  });

  it('counts jobs and executions by location, over several counts', () => {
    const own = countsByLocation([`${r1}/jobs/a`, `${r1}/jobs/b/executions/b-1`, 'projects/q/locations/r1/jobs/a']);
    expect(own).toEqual({ [r1]: 2, 'projects/q/locations/r1': 1 });
    expect(sumCounts([own, { [r1]: 3 }])).toEqual({ [r1]: 5, 'projects/q/locations/r1': 1 });
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
    expect(isCountCurrent(newReconcileState('codex'), {}, at(1))).toBe(true);
  });
});
