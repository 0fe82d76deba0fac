import { describe, expect, it } from 'vitest';
import { failed, succeeded } from '#functions/core/values/outcome.ts';
import { FakeCloud, type FakeCloudOptions } from '../../fakes/fake-cloud.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { buildTenant } from '../../fixtures/tenant.ts';
import { runIn } from '../fake-session.ts';

const { job } = buildTenant('acme');
const execution = `${job}/executions/codex-acme-1`;

function fleet(options: FakeCloudOptions = {}): FakeCloud {
  const cloud = new FakeCloud(options);
  cloud.register(buildTenant('acme'), buildTenant('globex'));
  return cloud;
}

async function endLater(cloud: FakeCloud, outcome: typeof succeeded): Promise<void> {
  while (cloud.jobs.execution(execution) === undefined) await cloud.stage.sleep(10);
  await cloud.stage.sleep(2000);
  cloud.jobs.end(execution, outcome);
}

describe('pincast execute', () => {
  it('runs the job without overrides, as the console does, and prints the execution', async () => {
    const cloud = fleet();
    const { exitCode, out } = await runIn(cloud, ['execute', 'acme']);
    expect(exitCode).toBe(0);
    expect(out).toBe(`${execution}\n`);
    expect(cloud.jobs.executions()).toMatchObject([{ name: execution, launchId: null, revision: null }]);
  });

  it('passes the variables of --env to the job', async () => {
    const cloud = fleet();
    const env = ['--env', 'PINCAST_REVISION=7', '--env', 'PINCAST_LAUNCH_ID=a=b'];
    const { exitCode } = await runIn(cloud, ['execute', 'acme', ...env]);
    expect(exitCode).toBe(0);
    expect(cloud.jobs.executions()).toMatchObject([{ revision: 7, launchId: 'a=b' }]);
  });

  it('asks for --runtime if several runtimes have the tenant, and then runs its job', async () => {
    const cloud = fleet();
    cloud.register(buildTenant('acme', { runtime: 'argon', job: `${job}-argon` }));
    const asked = await runIn(cloud, ['execute', 'acme']);
    expect(asked.exitCode).toBe(64);
    expect(asked.err).toContain('"acme" is a tenant of argon, codex: choose one with --runtime');
    expect(cloud.jobs.executions()).toEqual([]);
    const { out } = await runIn(cloud, ['execute', 'acme', '--runtime', 'argon', '--json']);
    expect(JSON.parse(out)).toMatchObject({ runtime: 'argon', tenant: 'acme' });
    expect(cloud.jobs.executions()).toMatchObject([{ job: `${job}-argon` }]);
  });

  it.each([
    [['stranger'], 66, '"stranger" is not a tenant of any runtime'],
    [['acme', '--runtime', 'argon'], 66, '"acme" is not a tenant of argon'],
    [['Acme', '--env', '1=2', '--env', 'A=1', '--env', 'A=2'], 64, '--env: A is given more than once'],
  ])('runs nothing if the job is not determined: %j', async (args, expected, message) => {
    const cloud = fleet();
    const { exitCode, out, err } = await runIn(cloud, ['execute', ...args]);
    expect(exitCode).toBe(expected);
    expect(err).toContain(message);
    expect(out).toBe('');
    expect(cloud.jobs.executions()).toEqual([]);
  });

  it('exits 1 after a refusal of Cloud Run and 69 past its quota', async () => {
    const refused = fleet();
    refused.jobs.remove(job);
    expect(await runIn(refused, ['execute', 'acme'])).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringContaining('codex-acme: Cloud Run refused, and nothing runs'),
    });
    expect(await runIn(fleet({ limits: { perMinute: 0 } }), ['execute', 'acme'])).toMatchObject({
      exitCode: 69,
      out: '',
      err: expect.stringContaining('the quota is used up, and nothing runs'),
    });
  });
});

describe('pincast execute --wait', () => {
  it('exits 0 when the execution has succeeded, and shows its receipts', async () => {
    const cloud = fleet();
    cloud.file(buildStoredReceipt({}), buildStoredReceipt({ kind: 'finished', exitCode: 0 }));
    const { exitCode, out } = await runIn(cloud, ['execute', 'acme', '--wait'], endLater(cloud, succeeded));
    expect(exitCode).toBe(0);
    expect(out).toBe(`${execution}\nSUCCEEDED\n  adopted  aaaaaaaaaaaa\n  finished  aaaaaaaaaaaa  exit 0\n`);
  });

  it('exits 1 when the execution has failed, and shows why', async () => {
    const cloud = fleet();
    cloud.file(
      buildStoredReceipt({ kind: 'refused', digest: null, code: 'LEDGER_DISAGREES', message: 'another digest' }),
    );
    const { exitCode, out } = await runIn(cloud, ['execute', 'acme', '--wait'], endLater(cloud, failed(77, null)));
    expect(exitCode).toBe(1);
    expect(out).toContain('FAILED (exit 77)\n  refused  LEDGER_DISAGREES  another digest\n');
  });

  it('says that a success without an adopted receipt proves nothing', async () => {
    const cloud = fleet();
    const { out } = await runIn(cloud, ['execute', 'acme', '--wait'], endLater(cloud, succeeded));
    expect(out).toContain('no adopted receipt: this execution proves nothing');
  });

  it('exits 124 while the execution still runs', async () => {
    const { exitCode, err } = await runIn(fleet(), ['execute', 'acme', '--wait', '--timeout', '3']);
    expect(exitCode).toBe(124);
    expect(err).toContain(`3 s passed: ${execution} is RUNNING`);
  });

  it('prints the execution as JSON when its wait ends', async () => {
    const { exitCode, out } = await runIn(fleet(), ['execute', 'acme', '--wait', '--timeout', '3', '--json']);
    expect(exitCode).toBe(124);
    expect(JSON.parse(out)).toMatchObject({
      runtime: 'codex',
      tenant: 'acme',
      execution,
      outcome: { state: 'RUNNING' },
    });
  });
});
