import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runClients } from '#functions/google/run/clients.ts';
import { layout } from '../../infra/local/layout.ts';
import { sandboxJobName } from '../../infra/local/provision/sandbox-job.ts';
import { isSettled, openTestCloud, type TestCloud } from './test-cloud.ts';

let home: string;
let cloud: TestCloud | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'pincast-restart-'));
});
afterEach(async () => {
  await cloud?.close();
  await rm(home, { recursive: true, force: true });
});

it('a local cloud keeps its fleet, proofs and pending messages over a restart', async () => {
  cloud = await openTestCloud({ home });
  await cloud.addTenants('codex', ['acme', 'globex']);
  const first = await cloud.environment('codex', '# first');
  const second = await cloud.environment('codex', '# second');
  await cloud.publish({ runtime: 'codex', ...first });
  const before = await cloud.untilFleet('codex', isSettled);
  // Stopped, not killed: a killed one would be started again and handle the message.
  process.kill(cloud.local.functions.running.get('fanOut')?.pid ?? 0, 'SIGSTOP');
  await cloud.publish({ runtime: 'codex', ...second });
  expect(await cloud.view('codex')).toEqual(before);
  await cloud.stop();

  cloud = await openTestCloud({ home });
  const after = await cloud.untilFleet('codex', ({ revision, state }) => revision === 2 && state === 'SUCCEEDED');
  expect(after.tenants.map(({ tenant, adoption, digest }) => [tenant, adoption, digest])).toEqual([
    ['acme', 'ADOPTED', second.environmentTarDigest],
    ['globex', 'ADOPTED', second.environmentTarDigest],
  ]);
  const { entries } = await cloud.cloud.ledgers.read('codex');
  expect(entries.map(({ environmentTarDigest }) => environmentTarDigest)).toEqual([
    first.environmentTarDigest,
    second.environmentTarDigest,
  ]);
  expect((await cloud.receipts('codex', 'acme')).map(({ kind, revision }) => `${revision} ${kind}`).sort()).toEqual([
    '1 adopted',
    '1 finished',
    '2 adopted',
    '2 finished',
  ]);
});

it('a local cloud starts a killed function again, which handles what was published meanwhile', async () => {
  const reports: string[] = [];
  cloud = await openTestCloud({ home, report: (line) => reports.push(line) });
  await cloud.addTenants('codex', ['acme']);
  const pin = await cloud.environment('codex', '# first');
  const { running } = cloud.local.functions;
  const killed = (['fanOut', 'status'] as const).map((name) => ({ name, process: running.get(name) }));
  for (const { process: { pid = 0 } = {} } of killed) process.kill(pid, 'SIGKILL');
  await cloud.publish({ runtime: 'codex', ...pin });
  await cloud.untilFleet('codex', ({ revision, state }) => revision === 1 && state === 'SUCCEEDED');
  await expect.poll(() => running.get('status')?.pid).not.toBe(killed[1]?.process?.pid);
  for (const { name, process: before } of killed) {
    expect(running.get(name)?.url).toBe(before?.url);
    expect(reports.filter((line) => line.startsWith(`the function ${name} `))).toEqual([
      `the function ${name} ended (SIGKILL); it starts again in 0.1 s; see ${before?.log}`,
    ]);
  }
  const response = await fetch(`${running.get('status')?.url}/api/fleet/codex`);
  expect(await response.json()).toMatchObject({ revision: 1, state: 'SUCCEEDED' });
});

it.each([
  [true, ['work']],
  [false, ['other']],
])(
  'a restarted local cloud with keepsWorkloads %j gives acme’s job the workload %j',
  async (keepsWorkloads, expected) => {
    cloud = await openTestCloud({ home });
    await cloud.addTenants('codex', ['acme']);
    await cloud.stop();
    cloud = await openTestCloud({ home, workload: ['other'], keepsWorkloads });
    await cloud.addTenants('codex', ['globex']);
    expect(await workloadOf('acme')).toEqual(expected);
    expect(await workloadOf('globex')).toEqual(['other']);
  },
);

async function workloadOf(tenant: string): Promise<string[]> {
  const { jobs, close } = runClients(layout.region, cloud?.local.endpoints.run);
  const [job] = await jobs.getJob({ name: sandboxJobName('codex', tenant) });
  await close();
  const args = job.template?.template?.containers?.[0]?.args ?? [];
  return args.slice(args.indexOf('--') + 1);
}
