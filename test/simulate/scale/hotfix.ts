import { topics } from '../../../functions/core/topics.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import type { World } from '../model/world.ts';
import type { Figure } from './figure.ts';
import { calmWorld, onRequest, tenantsOver } from './fleet.ts';

const BODY = 'an environment';
/** When the quota of every project-region has long been taken. */
const AFTER_MS = 100_000;
/** A window of the quota, and a batch of launch times that somebody else may have taken before. */
const LONGEST_WAIT_S = 75;

/** While everyone is launched, another runtime with one tenant in each project-region is promoted: does it have to wait? */
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

function promote(world: World, runtime: string): void {
  const object = `${runtime}/1.tar`;
  world.buckets.put(buckets.environments, object, BODY);
  const environmentTarUrl = `gs://${buckets.environments}/${object}`;
  const event = { runtime, environmentTarUrl, environmentTarDigest: digestOf(BODY) };
  world.pubsub.publish(`promotion-${runtime}`, topics.pinPromoted, JSON.stringify(event));
}
