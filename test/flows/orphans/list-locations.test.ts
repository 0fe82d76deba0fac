import { describe, expect, it } from 'vitest';
import type { Execution } from '#functions/core/values/execution.ts';
import { listLocations } from '#functions/flows/orphans/list-locations.ts';
import type { Launcher } from '#functions/ports/launcher.ts';
import { fakeLog } from '../../fakes/fake-log.ts';
import { buildExecution } from '../../fixtures/execution.ts';
import { at, iso } from '../../fixtures/times.ts';

const scanLocations = (since: number) => ({
  location: { project: 'fleet', region: 'r' },
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
        buildExecution('acme', { createdAt: iso(1_000_000 - page * each - index) }),
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

describe('listLocations', () => {
  it('stops after the first page with an execution that is too old', async () => {
    const { asked, deps } = launcherWith(4, 10);
    const { executions, listed } = await listLocations([scanLocations(999_985)], never, deps);
    expect(executions).toHaveLength(15);
    expect(asked).toEqual(['executions 0', 'executions 1', 'jobs']);
    expect(listed).toEqual(['projects/fleet/locations/r']);
  });

  it('returns at most the newest 20,000 executions', async () => {
    const { asked, deps } = launcherWith(1_000, 300);
    expect((await listLocations([scanLocations(0)], never, deps)).executions).toHaveLength(20_000);
    expect(asked).toHaveLength(68);
  });

  it('reports a location as unavailable when its lists pass the deadline', async () => {
    const { asked, deps } = launcherWith(10, 10);
    const late = () => asked.length >= 3;
    expect(await listLocations([scanLocations(0)], late, deps)).toEqual({
      listed: [],
      unavailable: ['projects/fleet/locations/r'],
      jobs: [],
      executions: [],
    });
    expect(asked).toHaveLength(3);
  });

  it('lists no further location after the deadline', async () => {
    const { asked, deps } = launcherWith(1, 1);
    const late = () => asked.length >= 2;
    const scans = Array.from({ length: 30 }, () => scanLocations(0));
    const { unavailable } = await listLocations(scans, late, deps);
    expect(asked.length).toBeLessThanOrEqual(20);
    expect(unavailable.length).toBeGreaterThanOrEqual(20);
  });
});
