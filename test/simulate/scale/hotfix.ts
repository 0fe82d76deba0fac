import type { Figure } from './figure.ts';
import { calmWorld, onRequest, promote, tenantsOver } from './fleet.ts';

/** By then the rollout has used the quota of every project-region for a while. */
const AFTER_MS = 100_000;
/** One quota window, and one batch of slots that another process may have reserved before. */
const LONGEST_WAIT_S = 75;

/** Promotes another runtime with one tenant per project-region during a rollout, and measures how long it waits. */
export async function measureHotfix(count: number, regions: number): Promise<Figure[]> {
  const world = calmWorld();
  for (const tenant of tenantsOver(count, regions)) world.register(tenant, 0);
  for (const { tenant, job } of tenantsOver(regions, regions)) {
    const name = job.replace('/codex-', '/hotfix-');
    world.register({ formatVersion: 1, runtime: 'hotfix', tenant, job: name, wave: null }, 0);
  }
  const launches: number[] = [];
  onRequest(world, ({ method, resource, sentAt }) => {
    if (method === 'RunJob' && resource.includes('/hotfix-')) launches.push(sentAt);
  });
  promote(world, 'codex');
  const start = world.timeline.now + AFTER_MS;
  world.timeline.at(start, () => promote(world, 'hotfix'));
  await world.timeline.pass(start + 3_600_000, () => launches.length >= regions);
  const waits = launches.map((at) => (at - start) / 1000);
  return [
    { what: 'hotfixes launched', value: launches.length, unit: 'tenants', goal: null },
    { what: 'the longest wait of a hotfix', value: Math.max(...waits), unit: 's', goal: LONGEST_WAIT_S },
  ];
}
