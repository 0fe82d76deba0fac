import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startStorage } from '@pincast/emulators/storage';
import pMap from 'p-map';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { JsonObjects } from '#functions/google/storage/json-objects.ts';
import { configEnv } from '../../infra/local/functions/function-env.ts';
import { layout } from '../../infra/local/layout.ts';
import { adopted, entry, nothingFound } from '../simulate/scale/adopted-fleet.ts';
import { tenantsOver } from '../simulate/scale/fleet.ts';

/** What one recheck of an adopted fleet cost, with the real storage client, in a process of its own. */
export type RecheckCost = { lists: number; others: number; cpuSeconds: number; peakMebibytes: number };

const CONCURRENCY = 50;

export async function measureRecheck(tenants: number): Promise<RecheckCost> {
  process.env.METADATA_SERVER_DETECTION = 'none';
  const calls = { lists: 0, others: 0 };
  const server = await startStorage({
    faults: ({ method }) => {
      if (method === 'objects.list') calls.lists++;
      else calls.others++;
      return undefined;
    },
  });
  try {
    await store(server.endpoint, tenants);
    Object.assign(calls, { lists: 0, others: 0 });
    return { ...(await recheckIn(server.endpoint)), ...calls };
  } finally {
    await server.close();
  }
}

async function store(endpoint: string, tenants: number): Promise<void> {
  const client = storageClient(endpoint, layout.project);
  for (const name of Object.values(layout.buckets)) await client.createBucket(name);
  const objects = (name: keyof typeof layout.buckets) => new JsonObjects(client, layout.buckets[name]);
  const [pins, control, assignments] = [objects('pins'), objects('control'), objects('assignments')];
  await pins.create(names.pin('codex', 1), entry);
  await assignments.create(names.guard, openGuard);
  await control.create(names.orphans('codex'), nothingFound(new Date()));
  const storeTenant = async (tenant: ReturnType<typeof tenantsOver>[number]) => {
    await control.create(names.tenant('codex', tenant.tenant), tenant);
    await assignments.create(names.assignment('codex', tenant.tenant), adopted(tenant));
  };
  await pMap(tenantsOver(tenants, 10), storeTenant, { concurrency: CONCURRENCY });
}

async function recheckIn(storage: string): Promise<Pick<RecheckCost, 'cpuSeconds' | 'peakMebibytes'>> {
  const endpoints = { storage, pubsub: '127.0.0.1:9', run: '127.0.0.1:9' };
  const env = configEnv(endpoints, { runQuotaPerMinute: 180, retryFirstSeconds: 10, orphansSeconds: 3_600 });
  const program = new URL('recheck-once.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[line], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'close')]);
  if (code !== 0) throw new Error(`the recheck exited with ${code}`);
  return JSON.parse(String(line)) as Pick<RecheckCost, 'cpuSeconds' | 'peakMebibytes'>;
}
