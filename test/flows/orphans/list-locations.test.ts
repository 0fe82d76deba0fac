import { describe, expect, it } from 'vitest';
import type { Execution } from '#functions/core/values/execution.ts';
import { listLocations } from '#functions/flows/orphans/list-locations.ts';
import type { Launcher } from '#functions/ports/launcher.ts';
import { fakeLog } from '../../fakes/fake-log.ts';
import { executionOfTenant } from '../../fixtures/execution.ts';
import { at, iso } from '../../fixtures/times.ts';

const place = (since: number) => ({
  where: { project: 'fleet', region: 'r' },
  name: 'projects/fleet/locations/r',
  since: at(since),
});

/** Executions that are each a second older than the one before, from second 1,000,000 on. */
function launcherWith(pages: number, each: number) {
  const asked: string[] = [];
  async function* executions(): AsyncGenerator<Execution[]> {
    for (let page = 0; page < pages; page++) {
      asked.push(`executions ${page}`);
      yield Array.from({ length: each }, (_, index) =>
        executionOfTenant('acme', { createdAt: iso(1_000_000 - page * each - index) }),
      );
    }
  }
  async function* jobs(): AsyncGenerator<string[]> {
    asked.push('jobs');
    yield ['job-1'];
  }
  const launcher = { executions, jobs } as unknown as Launcher;
  return { asked, deps: { launcher, log: fakeLog([]) } };
}

const never = () => false;

describe('lookAtPlaces', () => {
  it('asks for no page behind the first that is too old', async () => {
    const { asked, deps } = launcherWith(4, 10);
    const { executions, seen } = await listLocations([place(999_985)], never, deps);
    expect(executions).toHaveLength(15);
    expect(asked).toEqual(['executions 0', 'executions 1', 'jobs']);
    expect(seen).toEqual(['projects/fleet/locations/r']);
  });

  it('ends with the newest twenty thousand', async () => {
    const { asked, deps } = launcherWith(1_000, 300);
    expect((await listLocations([place(0)], never, deps)).executions).toHaveLength(20_000);
    expect(asked).toHaveLength(68);
  });

  it('has not seen a place that it was too late for, and says nothing of what it saw there', async () => {
    const { asked, deps } = launcherWith(10, 10);
    const late = () => asked.length >= 3;
    expect(await listLocations([place(0)], late, deps)).toEqual({
      seen: [],
      unseen: ['projects/fleet/locations/r'],
      jobs: [],
      executions: [],
    });
    expect(asked).toHaveLength(3);
  });

  it('asks no further place for anything when it is late', async () => {
    const { asked, deps } = launcherWith(1, 1);
    const late = () => asked.length >= 2;
    const places = Array.from({ length: 30 }, () => place(0));
    const { unseen } = await listLocations(places, late, deps);
    expect(asked.length).toBeLessThanOrEqual(20);
    expect(unseen.length).toBeGreaterThanOrEqual(20);
  });
});
