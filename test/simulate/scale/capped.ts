import type { Assignment } from '#functions/core/records/assignment.ts';
import { buckets } from '../model/names.ts';
import type { World } from '../model/world.ts';
import type { Figure } from './figure.ts';
import { calmWorld, onRequest, promote, tenantsOver } from './fleet.ts';

const CAP = 10;
const WORK_S = 60;
const LONGEST_MS = 3_600_000;
const MOST_TIMES_IDEAL = 1.3;

/** A fleet of four times the running cap is promoted, and no scheduler ticks: does it go on by itself, and how fast? */
export async function measureCapped(count: number): Promise<Figure[]> {
  const world = calmWorld({ running: CAP, maxRunning: CAP, workSeconds: WORK_S });
  for (const tenant of tenantsOver(count, 1)) world.register(tenant, 0);
  let calls = 0;
  onRequest(world, ({ method }) => {
    if (method === 'RunJob') calls++;
  });
  const start = world.timeline.now;
  promote(world, 'codex');
  await world.timeline.pass(
    start + LONGEST_MS,
    () => world.timeline.steps % 20 === 0 && adoptedTimes(world).size >= count,
  );
  const adopted = adoptedTimes(world);
  const seconds = adopted.size < count ? Number.POSITIVE_INFINITY : (Math.max(...adopted.values()) - start) / 1000;
  const ideal = leastSeconds(world, adopted);
  return [
    { what: 'tenants not adopted within an hour', value: count - adopted.size, unit: 'tenants', goal: 0 },
    { what: 'until all have adopted', value: seconds, unit: 's', goal: null },
    { what: 'the least that the cap allows', value: ideal, unit: 's', goal: null },
    { what: 'that is', value: seconds / ideal, unit: 'times the least', goal: MOST_TIMES_IDEAL },
    { what: 'refused jobs.run calls', value: calls - world.run.executions.size, unit: 'calls', goal: null },
  ];
}

/** Execution → when its receipt said that it has adopted. */
function adoptedTimes(world: World): Map<string, number> {
  const assignments = world.buckets
    .list(buckets.assignments, 'codex/')
    .map(({ body }) => JSON.parse(body) as Assignment);
  return new Map(
    assignments.flatMap(({ adoption, proof }) =>
      adoption === 'ADOPTED' && proof !== null ? [[proof.execution, Date.parse(proof.adoptedAt)]] : [],
    ),
  );
}

/** The same executions one after the other in as many places as the cap has, without a pause between them. */
function leastSeconds(world: World, adopted: ReadonlyMap<string, number>): number {
  const free = Array.from({ length: CAP }, () => 0);
  let last = 0;
  for (const { name, createdAt, completedAt } of world.run.executions.values()) {
    const begin = Math.min(...free);
    last = Math.max(last, begin + (adopted.get(name) ?? createdAt) - createdAt);
    free[free.indexOf(begin)] = begin + (completedAt ?? createdAt) - createdAt;
  }
  return last / 1000;
}
