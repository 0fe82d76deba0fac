import { type Figure, figure } from './figure.ts';
import { calmWorld, onRequest, promote, tenantsOver } from './fleet.ts';

/** A third of the first rollout's quota is used by then. */
const AFTER_MS = 20_000;
const LONGEST_MS = 3_600_000;
/** The quota that the first rollout has used is gone; what it only reserved must come back. */
const MOST_TIMES_ALONE = 1.3;

/** Promotes to every tenant, and again 20 s later: measures how much longer the second rollout takes than alone. */
export async function measureSuperseded(count: number, regions: number): Promise<Figure[]> {
  const alone = await rollout(count, regions, false);
  const after = await rollout(count, regions, true);
  return [
    figure('tenants that the hotfix has not launched', count - after.launched, 'tenants', 0),
    figure('the hotfix’s last jobs.run alone', alone.seconds, 's'),
    figure('the same 20 s into another rollout', after.seconds, 's'),
    figure('that is', after.seconds / alone.seconds, 'times alone', MOST_TIMES_ALONE),
    figure('launches of the superseded rollout', after.superseded, 'launches'),
    figure('slots reserved and not used', after.reserved - after.launched - after.superseded, 'slots'),
  ];
}

async function rollout(count: number, regions: number, isSecond: boolean) {
  const world = calmWorld();
  for (const tenant of tenantsOver(count, regions)) world.register(tenant, 0);
  if (isSecond) {
    promote(world, 'codex', 1);
    await world.timeline.pass(world.timeline.now + AFTER_MS, () => false);
  }
  const seen = { launched: 0, superseded: 0, last: 0 };
  const revision = isSecond ? 2 : 1;
  const start = world.timeline.now;
  onRequest(world, ({ method }) => {
    if (method === 'RunJob') seen.last = world.timeline.now;
  });
  promote(world, 'codex', revision);
  const isOver = () => {
    if (world.timeline.steps % 500 !== 0) return false;
    const made = [...world.watch.launches.everMade.values()];
    seen.launched = made.filter(({ env }) => env.PINCAST_REVISION === String(revision)).length;
    seen.superseded = made.length - seen.launched;
    return seen.launched >= count;
  };
  await world.timeline.pass(start + LONGEST_MS, isOver);
  return { ...seen, seconds: (seen.last - start) / 1000, reserved: world.watch.fairness.reserved };
}
