import { topics } from '#functions/core/messages/topics.ts';
import { names } from '#functions/core/records/object-names.ts';
import { running } from '#functions/core/values/outcome.ts';
import { putSeed } from '../model/former-ledger.ts';
import { buckets } from '../model/names.ts';
import { adopted, entry, nothingFound, seedExecution } from './adopted-fleet.ts';
import type { Figure } from './figure.ts';
import { calmWorld, onRequest, tenantsOver } from './fleet.ts';

/** 24 for the fleet itself; the rest for Cloud Run's own lists. */
const MOST_LISTS = 60;

/** One recheck while every tenant's workload runs: what does it cost to find out that none has ended? */
export async function measureRunning(count: number, regions: number): Promise<Figure[]> {
  const world = calmWorld();
  putSeed(world, buckets.pins, names.pin('codex', 1), entry);
  for (const tenant of tenantsOver(count, regions)) {
    putSeed(world, buckets.control, names.tenant('codex', tenant.tenant), tenant);
    putSeed(world, buckets.assignments, names.assignment('codex', tenant.tenant), adopted(tenant, running));
    seedExecution(world, tenant, 'running');
  }
  putSeed(world, buckets.control, names.orphans('codex'), nothingFound(new Date(world.timeline.now)));
  const calls = { lists: 0, ofTenants: 0, others: 0 };
  onRequest(world, ({ method, resource }) => {
    if (/\bt\d{6}\b/.test(resource)) calls.ofTenants++;
    else if (/list/i.test(method)) calls.lists++;
    else calls.others++;
  });
  const cpu = process.cpuUsage();
  const start = world.timeline.now;
  world.pubsub.publish('recheck', topics.fleetRecheck, '{}');
  await world.timeline.pass(start + 600_000, () => world.pubsub.pendingOf(topics.fleetRecheck) === 0);
  const { user, system } = process.cpuUsage(cpu);
  return [
    { what: 'list calls of a recheck', value: calls.lists, unit: 'calls', goal: MOST_LISTS },
    { what: 'calls per tenant', value: calls.ofTenants / count, unit: 'calls a tenant', goal: 0 },
    { what: 'other calls', value: calls.others, unit: 'calls', goal: null },
    { what: 'simulated time', value: (world.timeline.now - start) / 1000, unit: 's', goal: null },
    { what: 'CPU', value: (user + system) / 1e6, unit: 's', goal: null },
  ];
}
