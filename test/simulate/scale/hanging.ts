import type { Assignment } from '#functions/core/records/assignment.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { running } from '#functions/core/values/outcome.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { projectRegionOf } from '../model/cloud/cloud-run.ts';
import { putSeed } from '../model/former-ledger.ts';
import { buckets } from '../model/names.ts';
import type { World } from '../model/world.ts';
import { adopted, entry, seedExecution } from './adopted-fleet.ts';
import type { Figure } from './figure.ts';
import { calmWorld, onRequest, promote, tenantsOver } from './fleet.ts';

const OTHERS = 5;
const HANG_MS = 10_000;
const LONGEST_WAIT_S = 10;
const HOUR_MS = 3_600_000;

/** One project's Cloud Run answers no call within 10 s; measures the launches of five tenants in another project. */
export async function measureHanging(count: number): Promise<Figure[]> {
  const world = calmWorld();
  const { now } = world.timeline;
  const fleet = tenantsOver(count, 1);
  putSeed(world, buckets.pins, names.pin('codex', 1), entry);
  for (const [index, tenant] of fleet.entries()) addRunning(world, tenant, index % 2 === 0);
  const others = tenantsOver(OTHERS, 1).map(({ tenant }) => otherTenant(`other-${tenant}`));
  for (const other of others) {
    world.register(other, 0);
    putSeed(world, buckets.assignments, names.assignment('codex', other.tenant), adopted(other));
  }
  world.hangs.set(projectRegionOf(fleet[0]?.job ?? ''), { until: now + HOUR_MS, milliseconds: HANG_MS });
  const launches: number[] = [];
  let hung = 0;
  onRequest(world, ({ method, service, resource, sentAt }) => {
    if (method === 'RunJob') launches.push(sentAt);
    else if (service === 'run' && resource.startsWith('projects/p0/')) hung++;
  });
  promote(
    world,
    'codex',
    2,
    others.map(({ tenant }) => tenant),
  );
  await world.timeline.pass(now + HOUR_MS, () => launches.length >= OTHERS);
  const seconds = launches.length < OTHERS ? Number.POSITIVE_INFINITY : (Math.max(...launches) - now) / 1000;
  return [
    { what: 'tenants of the other project launched', value: launches.length, unit: 'tenants', goal: null },
    { what: 'until all five are launched', value: seconds, unit: 's', goal: LONGEST_WAIT_S },
    { what: 'calls to the project that hangs meanwhile', value: hung, unit: 'calls', goal: null },
  ];
}

function otherTenant(tenant: string): Tenant {
  const job = `projects/p1/locations/europe-west1/jobs/codex-${tenant}`;
  return { formatVersion: FORMAT_VERSION, runtime: 'codex', tenant, job, wave: null };
}

/** Half of them have adopted and their workload runs; the others were launched and have left no receipt yet. */
function addRunning(world: World, tenant: Tenant, hasAdopted: boolean): void {
  const assignment = adopted(tenant, running);
  putSeed(world, buckets.control, names.tenant('codex', tenant.tenant), tenant);
  seedExecution(world, tenant, 'running');
  if (hasAdopted) putSeed(world, buckets.assignments, names.assignment('codex', tenant.tenant), assignment);
  else addLaunched(world, assignment);
}

function addLaunched(world: World, assignment: Assignment): void {
  const { runtime, tenant, revision, digest, launchAttempt, execution } = assignment;
  const launched = { ...assignment, adoption: 'LAUNCHING', execution: null, outcome: null, proof: null };
  putSeed(world, buckets.assignments, names.assignment(runtime, tenant), launched);
  const launchId = assignment.launchId ?? '';
  const what = { formatVersion: FORMAT_VERSION, runtime, tenant, launchId, revision, digest, launchAttempt, execution };
  putSeed(world, buckets.control, names.launch(runtime, tenant, launchId), {
    ...what,
    launchedAt: assignment.assignedAt,
  });
}
