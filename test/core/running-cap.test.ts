import { describe, expect, it } from 'vitest';
import { withinRunningCap } from '../../functions/core/running-cap.ts';
import { tenantOf } from '../fixtures/tenant.ts';

const order = (tenant: string, region = 'r1') => ({
  tenant: tenantOf(tenant, { job: `projects/p/locations/${region}/jobs/codex-${tenant}` }),
});
const namesOf = (orders: readonly { tenant: { tenant: string } }[]) => orders.map(({ tenant }) => tenant.tenant);

describe('the cap of running executions', () => {
  it('leaves to later what a project and region has no room for, and no other one is held up', () => {
    const running = [order('a').tenant, order('b').tenant];
    const { room, later } = withinRunningCap([order('c'), order('d'), order('e', 'r2')], running, 3);
    expect(namesOf(room)).toEqual(['c', 'e']);
    expect(namesOf(later)).toEqual(['d']);
  });

  it('is none where more run already than may', () => {
    const { room, later } = withinRunningCap([order('c')], [order('a').tenant, order('b').tenant], 1);
    expect(namesOf(room)).toEqual([]);
    expect(namesOf(later)).toEqual(['c']);
  });
});
