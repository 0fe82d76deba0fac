import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { runCli } from '../cli/run-cli.ts';
import { openTestCloud, type TestCloud } from './test-cloud.ts';

let cloud: TestCloud;
let home = '';

beforeAll(async () => {
  cloud = await openTestCloud();
  home = join(cloud.traces, 'operator');
  mkdirSync(join(home, '.pincast'), { recursive: true });
  const { env, provisioner } = cloud.local;
  const target = { formatVersion: 1, name: 'local', pid: process.pid, env, provisioner: provisioner.url };
  writeFileSync(join(home, '.pincast', 'target.json'), JSON.stringify({ ...target, statusUrl: 'http://127.0.0.1:1' }));
});
afterAll(() => cloud.close());

function environment(name: string, script: string): string {
  writeFileSync(join(home, name), buildTar([{ path: 'bin/work', mode: 0o755, content: `#!/bin/sh\n${script}\n` }]));
  return name;
}

/** Each test starts several processes, one after the other. */
describe('pincast in a local cloud', { timeout: 120_000 }, () => {
  it('adds tenants, promotes a tar, executes and removes, each proved by the stored objects', async () => {
    const added = await runCli(home, ['tenants', 'add', 'acme', 'globex', '--runtime', 'codex']);
    expect(added).toMatchObject({ exitCode: 0, err: 'target: local (project pincast-local, .pincast/target.json)\n' });
    const again = await runCli(home, ['tenants', 'add', 'initech', 'acme', '--runtime', 'codex', '--quiet']);
    expect(again).toEqual({
      exitCode: 1,
      out: '',
      err: 'pincast: no tenant was added:\n  acme: is registered already\n',
    });
    const { records } = await cloud.cloud.fleet.tenants('codex');
    expect(records.map(({ tenant }) => tenant)).toEqual(['acme', 'globex']);
    expect(await cloud.cloud.launcher.job(records[0]?.job ?? '')).toEqual({ maxRetries: 0 });

    const tar = environment('one.tar', 'exit 0');
    const digest = JSON.parse((await runCli(home, ['digest', tar, '--json'])).out).digest as string;
    const promoted = await runCli(home, ['promote', tar, digest, '--runtime', 'codex', '--wait', '--json']);
    expect(promoted).toMatchObject({ exitCode: 0, err: '' });
    expect(JSON.parse(promoted.out)).toMatchObject({
      environmentTarUrl: `gs://pincast-environments/codex/${digest.slice(7)}.tar`,
      result: 'succeeded',
      tenants: [
        { adoption: 'ADOPTED', digest },
        { adoption: 'ADOPTED', digest },
      ],
    });

    const executed = await runCli(home, ['execute', 'acme', '--wait', '--json']);
    expect(executed).toMatchObject({ exitCode: 0, err: '' });
    const { execution } = JSON.parse(executed.out) as { execution: string };
    expect((await cloud.cloud.launcher.execution(execution))?.launchId).toBeNull();
    const kinds = (await cloud.receipts('codex', 'acme')).map((receipt) => [receipt.kind, receipt.digest]);
    expect(kinds).toHaveLength(4);
    expect(kinds.every(([, computed]) => computed === digest)).toBe(true);

    // The receipt function may record the end of the console's execution after `execute --wait` has seen it.
    const status = await vi.waitFor(
      async () => {
        const shown = await runCli(home, ['status', '--json', '--exit-code']);
        expect(shown).toMatchObject({ exitCode: 0, err: '' });
        return shown;
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(JSON.parse(status.out).fleets).toMatchObject([
      { runtime: 'codex', revision: 1, environmentTarDigest: digest },
    ]);

    const removed = await runCli(home, ['tenants', 'remove', 'globex', '--runtime', 'codex', '--json']);
    expect(removed).toEqual({ exitCode: 0, out: '{"runtime":"codex","removed":["globex"]}\n', err: '' });
    expect((await cloud.cloud.fleet.tenants('codex')).records.map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  it('shows a rejected promotion with every issue, and again in the status', async () => {
    await runCli(home, ['tenants', 'add', 'hooli', '--runtime', 'argon', '--quiet']);
    const { environmentTarUrl } = await cloud.environment('argon', 'exit 0');
    const args = ['promote', environmentTarUrl, `sha256:${'0'.repeat(64)}`, '--runtime', 'argon'];
    const { exitCode, out, err } = await runCli(home, [...args, '--expected-revision', '7', '--quiet']);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: '' });
    expect(out).toContain('expectedRevision: expected 7, but the newest is 0');
    const status = await runCli(home, ['status', 'argon']);
    expect(status.out).toContain('expectedRevision: expected 7, but the newest is 0');
    expect((await runCli(home, ['status', 'codex'])).out).not.toContain('rejected');
    expect((await cloud.view('argon'))?.tenants).toMatchObject([{ tenant: 'hooli', execution: null }]);
  });

  it('publishes and uploads nothing if the promoted file is invalid', async () => {
    await runCli(home, ['tenants', 'add', 'hooli', '--runtime', 'xenon', '--quiet']);
    writeFileSync(join(home, 'notes.md'), '# notes');
    const tar = environment('three.tar', 'exit 3');
    const wrong = [
      { args: ['notes.md'], message: 'got text that begins with "# notes"' },
      { args: [tar, `sha256:${'0'.repeat(64)}`], message: "but the file's bytes hash to sha256:" },
    ];
    for (const { args, message } of wrong) {
      const { exitCode, out, err } = await runCli(home, ['promote', ...args, '--runtime', 'xenon']);
      expect({ exitCode, out }).toEqual({ exitCode: 64, out: '' });
      expect(err).toContain(message);
    }
    const [uploaded] = await cloud.bucket('environments').getFiles({ prefix: 'xenon/' });
    expect(uploaded).toEqual([]);
    expect((await cloud.cloud.ledgers.read('xenon')).entries).toEqual([]);
  });

  it('exits 1 when every workload fails, and status names the command to roll back', async () => {
    await runCli(home, ['tenants', 'add', 'hooli', '--runtime', 'neon', '--quiet']);
    const good = environment('good.tar', 'exit 0');
    expect((await runCli(home, ['promote', good, '--runtime', 'neon', '--wait', '--quiet'])).exitCode).toBe(0);
    const bad = environment('bad.tar', 'exit 9');
    const promoted = await runCli(home, ['promote', bad, '--runtime', 'neon', '--wait', '--quiet']);
    expect(promoted.exitCode).toBe(1);
    expect(promoted.out).toContain('neon revision 2: HALTED: 1 adopted, 1 workload failed');
    const status = await runCli(home, ['status', 'neon', '--exit-code']);
    expect(status.exitCode).toBe(1);
    expect(status.out).toContain('pincast promote --revision 1 --runtime neon\n');
    const back = ['promote', '--revision', '1', '--runtime', 'neon', '--wait', '--quiet'];
    expect((await runCli(home, back)).exitCode).toBe(0);
    expect(await cloud.tenant('neon', 'hooli')).toMatchObject({ revision: 3, outcome: { state: 'SUCCEEDED' } });
  });

  it('exits 1 with the refusal if a sandbox gets another digest than the ledger’s', async () => {
    await runCli(home, ['tenants', 'add', 'hooli', '--runtime', 'krypton', '--quiet']);
    const tar = environment('two.tar', 'exit 0');
    expect((await runCli(home, ['promote', tar, '--runtime', 'krypton', '--wait', '--quiet'])).exitCode).toBe(0);
    const variable = `ENVIRONMENT_TAR_DIGEST=sha256:${'0'.repeat(64)}`;
    const args = ['execute', 'hooli', '--runtime', 'krypton', '--env', variable, '--wait', '--quiet'];
    const { exitCode, out, err } = await runCli(home, args);
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: '' });
    expect(out).toContain('FAILED (exit 77)');
    expect(out).toContain('refused  LEDGER_DISAGREES');
  });
});
