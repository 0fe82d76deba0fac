import { topics } from '#functions/core/messages/topics.ts';
import { names } from '#functions/core/records/object-names.ts';
import { putSeed } from '../model/former-ledger.ts';
import { buckets } from '../model/names.ts';
import { adopted, entry, nothingFound, seedExecution } from './adopted-fleet.ts';
import type { Figure } from './figure.ts';
import { calmWorld, onRequest, tenantsOver } from './fleet.ts';

const MEGABYTE = 1024 ** 2;

/**
 * One recheck of a fleet that has adopted: what the scheduler costs when nothing is to be done.
 *
 * @param isScanDue it scans for orphans too, as it does once an hour: every tenant's job ran within the last day.
 */
export async function measureRecheck(count: number, regions: number, isScanDue: boolean): Promise<Figure[]> {
  const world = calmWorld();
  const empty = process.memoryUsage.rss();
  putSeed(world, buckets.pins, names.pin('codex', 1), entry);
  for (const tenant of tenantsOver(count, regions)) {
    putSeed(world, buckets.control, names.tenant('codex', tenant.tenant), tenant);
    putSeed(world, buckets.assignments, names.assignment('codex', tenant.tenant), adopted(tenant));
  }
  if (isScanDue) for (const tenant of tenantsOver(count, regions)) seedExecution(world, tenant, 'ended');
  else putSeed(world, buckets.control, names.orphans('codex'), nothingFound(new Date(world.timeline.now)));
  const calls = { lists: 0, others: 0 };
  onRequest(world, ({ method }) => (/list/i.test(method) ? calls.lists++ : calls.others++));
  const modelled = process.memoryUsage.rss() - empty;
  const cpu = process.cpuUsage();
  world.pubsub.publish('recheck', topics.fleetRecheck, '{}');
  const start = world.timeline.now;
  let most = 0;
  await world.timeline.pass(start + 600_000, () => {
    most = Math.max(most, process.memoryUsage.rss());
    return world.pubsub.pendingOf(topics.fleetRecheck) === 0;
  });
  const { user, system } = process.cpuUsage(cpu);
  return [
    { what: 'list calls', value: calls.lists, unit: 'calls', goal: isScanDue ? null : listCallsFor(count) },
    {
      what: 'other calls, for the guard, the last scan and the last count',
      value: calls.others,
      unit: 'calls',
      goal: isScanDue ? 5 : 4,
    },
    { what: 'simulated time', value: (world.timeline.now - start) / 1000, unit: 's', goal: null },
    { what: 'CPU', value: (user + system) / 1e6, unit: 's', goal: 1.5 },
    {
      what: 'RSS, less the modelled objects',
      value: (most - modelled) / MEGABYTE,
      unit: 'MB',
      goal: isScanDue ? null : 200,
    },
    { what: 'the modelled objects', value: modelled / MEGABYTE, unit: 'MB', goal: null },
  ];
}

/** 24 for 10,000: a thousand objects a call. */
function listCallsFor(count: number): number {
  return 4 + 2 * Math.ceil(count / 1000);
}
