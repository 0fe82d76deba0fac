import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freezeObject } from './freeze.ts';
import { allAre, isSettled, openTestCloud, type TestCloud, until } from './test-cloud.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await openTestCloud();
});
afterAll(() => cloud?.close());

const tracing = (runtime: string) => `touch "${cloud.traces}/${runtime}-ran-$CLOUD_RUN_EXECUTION"`;

async function runsOf(runtime: string): Promise<string[]> {
  return (await readdir(cloud.traces)).filter((name) => name.startsWith(`${runtime}-ran-`));
}

async function adopted(runtime: string, script = tracing(runtime)): Promise<{ job: string; digest: string }> {
  await cloud.addTenants(runtime, ['acme']);
  const pin = await cloud.environment(runtime, script);
  await cloud.publish({ runtime, ...pin });
  await cloud.untilFleet(runtime, isSettled);
  const [tenant] = (await cloud.cloud.fleet.tenants(runtime)).records;
  return { job: tenant?.job ?? '', digest: pin.environmentTarDigest };
}

async function errorLine(execution: string): Promise<Record<string, unknown>> {
  const lines = (await cloud.log(execution.slice(execution.lastIndexOf('/') + 1))).trim().split('\n');
  return JSON.parse(lines.findLast((line) => line.startsWith('{"severity":"ERROR"')) ?? '{}');
}

describe('a console execution', () => {
  it('runs the assignment without overrides, and its receipt makes it the newest run', async () => {
    const { job, digest } = await adopted('console');
    const execution = await cloud.cloud.launcher.run({ job, env: {} });
    const tenant = await cloud.untilTenant(
      'console',
      'acme',
      (view) => view.execution === execution && view.outcome?.state === 'SUCCEEDED',
    );
    expect(tenant).toMatchObject({ adoption: 'ADOPTED', digest, revision: 1 });
    const left = (await cloud.receipts('console', 'acme')).filter((receipt) =>
      execution.endsWith(`/${receipt.execution}`),
    );
    expect(left.map(({ kind, launchId }) => [kind, launchId]).sort()).toEqual([
      ['adopted', null],
      ['finished', null],
    ]);
    expect(await runsOf('console')).toHaveLength(2);
  });

  it('exits 77 if its environment names another digest, and changes no verdict', async () => {
    const { job } = await adopted('redirected');
    const before = await cloud.tenant('redirected', 'acme');
    const other = `sha256:${'e'.repeat(64)}`;
    const execution = await cloud.cloud.launcher.run({ job, env: { ENVIRONMENT_TAR_DIGEST: other } });

    expect((await cloud.untilEnded(execution)).outcome).toMatchObject({ state: 'FAILED', exitCode: 77 });
    expect(await errorLine(execution)).toMatchObject({ code: 'LEDGER_DISAGREES' });
    const refused = (await cloud.receipts('redirected', 'acme')).filter(({ kind }) => kind === 'refused');
    expect(refused).toHaveLength(1);
    await cloud.recheck();
    await sleep(500);
    expect(await cloud.tenant('redirected', 'acme')).toEqual(before);
    expect(await runsOf('redirected')).toHaveLength(1);
  });

  it('exits 75 and runs nothing if its launch id is not the assignment’s', async () => {
    const { job } = await adopted('replaced');
    const execution = await cloud.cloud.launcher.run({ job, env: { PINCAST_LAUNCH_ID: 'another-launch' } });

    expect((await cloud.untilEnded(execution)).outcome).toMatchObject({ state: 'FAILED', exitCode: 75 });
    expect(await errorLine(execution)).toMatchObject({ code: 'SUPERSEDED' });
    expect(await runsOf('replaced')).toHaveLength(1);
    expect(await cloud.tenant('replaced', 'acme')).toMatchObject({
      adoption: 'ADOPTED',
      outcome: { state: 'SUCCEEDED' },
    });
  });
});

describe('a launched sandbox', () => {
  it('refuses a tar that was replaced after the preflight, with both digests', async () => {
    await cloud.addTenants('tampered', ['acme', 'globex']);
    const pin = await cloud.environment('tampered', tracing('tampered'));
    const unfreeze = await freezeObject(cloud, 'tampered');
    await cloud.publish({ runtime: 'tampered', ...pin });
    await cloud.untilFleet('tampered', ({ revision }) => revision === 1);
    const file = cloud.bucket('environments').file(pin.environmentTarUrl.slice('gs://pincast-environments/'.length));
    const [bytes] = await file.download();
    bytes[700] = (bytes[700] ?? 0) ^ 1;
    await file.save(bytes, { resumable: false });
    await unfreeze();
    await cloud.recheck();

    const view = await cloud.untilFleet('tampered', allAre('REFUSED'));
    expect(view.state).toBe('HALTED');
    for (const tenant of view.tenants) {
      expect(tenant).toMatchObject({
        adoption: 'REFUSED',
        digest: null,
        launchAttempt: 1,
        reason: { code: 'DIGEST_MISMATCH' },
        outcome: { state: 'FAILED', exitCode: 65, signal: null },
      });
      expect(tenant.reason?.message).toMatch(
        new RegExp(`expected ${pin.environmentTarDigest}, got sha256:[0-9a-f]{64}`),
      );
      const receipts = await cloud.receipts('tampered', tenant.tenant);
      expect(receipts.map(({ kind }) => kind)).toEqual(['refused']);
      expect(receipts[0]?.digest).not.toBe(pin.environmentTarDigest);
    }
    expect(await runsOf('tampered')).toEqual([]);
  });

  it('runs again if it was killed before it adopted', async () => {
    await cloud.addTenants('killed', ['acme']);
    const pin = await cloud.environment('killed', tracing('killed'));
    const heldUp = { kind: 'delay', milliseconds: 2000 } as const;
    cloud.setFault(({ method, resource }) =>
      method === 'objects.get' && resource.startsWith('pincast-pins/killed/') ? heldUp : undefined,
    );
    const kills = killFirstSandbox('killed-acme');
    await cloud.publish({ runtime: 'killed', ...pin });
    const victim = await kills;
    cloud.setFault(() => undefined);

    const view = await cloud.untilFleet('killed', isSettled);
    expect(view.tenants[0]).toMatchObject({ adoption: 'ADOPTED', launchAttempt: 2 });
    expect(view.tenants[0]?.execution).not.toContain(victim);
    const receipts = await cloud.receipts('killed', 'acme');
    expect(receipts.filter(({ execution }) => execution === victim)).toEqual([]);
    expect(await runsOf('killed')).toHaveLength(1);
  });

  it('adopts with outcome FAILED if its workload exits 1', async () => {
    await cloud.addTenants('exits', ['acme']);
    await cloud.publish({ runtime: 'exits', ...(await cloud.environment('exits', 'exit 1')) });
    const view = await cloud.untilFleet('exits', isSettled);
    expect(view.state).toBe('HALTED');
    expect(view.tenants[0]).toMatchObject({
      adoption: 'ADOPTED',
      outcome: { state: 'FAILED', exitCode: 1, signal: null },
      launchAttempt: 1,
    });
  });

  it('cannot read another tenant’s receipts, overwrite its own, or list objects', async () => {
    const { job } = await adopted('confined');
    const [first] = await cloud.receipts('confined', 'acme');
    const endpoint = await storageEndpointOf(job);
    const name = encodeURIComponent(`acme/confined/${first?.execution}/0-0-adopted.json`);
    const status = async (path: string, init?: RequestInit) => (await fetch(endpoint + path, init)).status;

    expect(await status(`/storage/v1/b/pincast-receipts/o/${name}?alt=media`)).toBe(403);
    expect(await status('/storage/v1/b/pincast-receipts/o?prefix=acme/')).toBe(403);
    expect(await status('/storage/v1/b/pincast-control/o/tenants%2Fconfined%2Facme.json?alt=media')).toBe(403);
    const post = { method: 'POST', body: '{}' };
    expect(await status(`/upload/storage/v1/b/pincast-receipts/o?uploadType=media&name=${name}`, post)).toBe(403);
    const foreign = encodeURIComponent('globex/confined/x/0-0-adopted.json');
    expect(await status(`/upload/storage/v1/b/pincast-receipts/o?uploadType=media&name=${foreign}`, post)).toBe(403);
    const kept = await cloud.receipts('confined', 'acme');
    expect(kept).toContainEqual(first);
  });
});

async function storageEndpointOf(job: string): Promise<string> {
  const { runClients } = await import('#functions/google/run/clients.ts');
  const clients = runClients('local', cloud.local.endpoints.run);
  const [found] = await clients.jobs.getJob({ name: job });
  await clients.close();
  const command = found.template?.template?.containers?.[0]?.command ?? [];
  return command[command.indexOf('--storage-endpoint') + 1] ?? '';
}

/** Kills the first sandbox process of a job as soon as it is there, long before it can have adopted. */
async function killFirstSandbox(jobId: string): Promise<string> {
  return until(`a sandbox of ${jobId}`, async () => {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const execution = environment.split('\0').find((line) => line.startsWith(`CLOUD_RUN_EXECUTION=${jobId}-`));
      if (execution === undefined) continue;
      process.kill(Number(pid), 'SIGKILL');
      return execution.slice('CLOUD_RUN_EXECUTION='.length);
    }
    return undefined;
  });
}
