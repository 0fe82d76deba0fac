import { afterEach, expect, it } from 'vitest';
import { runClients } from '#functions/google/run/clients.ts';
import { allAre, openTestCloud, type TestCloud, until } from './test-cloud.ts';

let the: TestCloud;
afterEach(() => the.close());

async function deleteJob(name: string): Promise<void> {
  const clients = runClients('local', the.local.endpoints.run);
  await clients.jobs.deleteJob({ name });
  await clients.close();
}

async function jobOf(tenant: string): Promise<string> {
  return (await the.cloud.fleet.tenant('codex', tenant))?.job ?? '';
}

it('recheck reports a tenant whose job was deleted, and an execution without a launch record', async () => {
  the = await openTestCloud({ orphansSeconds: 1, claimSeconds: 1 });
  await the.addTenants('codex', ['acme', 'globex']);
  await the.publish({ runtime: 'codex', ...(await the.environment('codex', 'exit 0')) });
  await the.untilFleet('codex', allAre('ADOPTED'));
  const stray = await the.cloud.launcher.run({ job: await jobOf('acme'), env: { PINCAST_LAUNCH_ID: 'made-up' } });
  await deleteJob(await jobOf('globex'));
  const orphans = await until('both orphans to be found', async () => {
    const found = (await the.view('codex'))?.orphans;
    return found?.jobless.total === 1 && found.executions.total === 1 ? found : undefined;
  });
  expect(orphans).toMatchObject({
    jobless: { first: ['globex'] },
    executions: { first: [{ execution: stray, tenant: 'acme', why: 'no record of launch made-up' }] },
  });
  expect((await the.untilEnded(stray)).outcome).toMatchObject({ state: 'FAILED', exitCode: 75 });
  expect((await the.view('codex'))?.tenants.map(({ adoption }) => adoption)).toEqual(['ADOPTED', 'ADOPTED']);
});
