import type { WireCall } from '../model/cloud/wire.ts';
import { type FormerLedger, seedLedger } from '../model/former-ledger.ts';
import { buckets } from '../model/names.ts';
import { type Figure, figure } from './figure.ts';
import { calmWorld, onRequest, promote, QUOTA, tenantsOver } from './fleet.ts';

const LONGEST_MS = 1_800_000;
/** A list page of a thousand objects with their metadata takes about 200 ms. */
const MS_AN_OBJECT = 0.2;
/** Batches of 10 s make even an empty ledger's rollout some seconds longer than the windows of the quota. */
const MOST_TIMES_EMPTY = 1.1;

export type Ledger = { entries: number /** Names in each entry's scope; 0: it covers every tenant. */; scope: number };

/** Promotes to every tenant with a long ledger, and measures whether its length delays the launches. */
export async function measureLongLedger(count: number, regions: number, ledger: FormerLedger): Promise<Figure[]> {
  const empty = await rollout(count, regions, { entries: 0, scope: 0 });
  const long = await rollout(count, regions, ledger);
  const ideal = (Math.ceil(count / regions / QUOTA) - 1) * 60;
  return [
    figure(`tenants not launched beside ${ledger.entries} entries`, count - long.launched, 'tenants', 0),
    figure('last jobs.run with an empty ledger', empty.seconds, 's'),
    figure('last jobs.run', long.seconds, 's'),
    figure('the least that the quota allows', ideal, 's'),
    figure('that is', ideal === 0 ? 1 : long.seconds / ideal, 'times the least'),
    figure('and', long.seconds / empty.seconds, 'times the time with an empty ledger', MOST_TIMES_EMPTY),
    figure('calls about the ledger', long.ledgerCalls, 'calls'),
    figure('writes of launch slots', long.quotaWrites, 'writes', mostWrites(count / regions) * regions),
  ];
}

/** A write for each batch of 10 s, and a quarter more: a write that Cloud Storage refuses is one of those that count. */
function mostWrites(launches: number): number {
  return Math.ceil(1.25 * Math.ceil((launches * 6) / QUOTA));
}

async function rollout(count: number, regions: number, former: FormerLedger) {
  const world = calmWorld();
  world.network.serverTime = listTime;
  for (const tenant of tenantsOver(count, regions)) world.register(tenant, 0);
  seedLedger(world, 'codex', former);
  const seen = { launched: 0, seconds: 0, ledgerCalls: 0, quotaWrites: 0 };
  const start = world.timeline.now;
  onRequest(world, ({ method, resource }) => {
    if (method === 'RunJob') {
      seen.launched++;
      seen.seconds = (world.timeline.now - start) / 1000;
    }
    if (resource.startsWith(`${buckets.pins}/`)) seen.ledgerCalls++;
    if (method === 'objects.insert' && resource.startsWith(`${buckets.control}/quota/`)) seen.quotaWrites++;
  });
  promote(world, 'codex');
  await world.timeline.pass(start + LONGEST_MS, () => seen.launched >= count);
  return seen;
}

function listTime({ method }: WireCall, answer: unknown): number {
  if (method !== 'objects.list' || answer instanceof Error) return 0;
  return (answer as { objects: unknown[] }).objects.length * MS_AN_OBJECT;
}
