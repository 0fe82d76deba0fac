import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseRecord } from '#functions/core/records/codec.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { receiptSchema } from '#functions/core/records/receipt.ts';
import { tar } from '../fixtures/archives/tar.ts';
import { listing, temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { digestOf, runSandboxProcess, SandboxFleet } from './fleet.ts';

const WORKLOAD = '#!/bin/sh\necho "ran in $PWD: $*"\necho "env $PINCAST_ENVIRONMENT $WT_RESULTS"\nexit 3\n';
const environment = tar([{ name: 'bin/work', content: WORKLOAD, mode: 0o755 }]);
const OTHER = `sha256:${'0'.repeat(64)}`;

let fleet: SandboxFleet;
let workDir: string;

beforeAll(async () => {
  fleet = await SandboxFleet.start();
});
afterAll(() => fleet.close());
beforeEach(async () => {
  workDir = temporaryFolder();
  await fleet.client.bucket('acme-receipts').deleteFiles();
  await fleet.put('acme-assignments', 'guard.json', JSON.stringify(openGuard));
});

const launch = (args: string[] = [], env: Record<string, string> = {}) =>
  runSandboxProcess([...fleet.pinnedFlags(), '--work-dir', workDir, ...args, '--', 'work', 'a b', '$HOME'], env);

/** Nothing was unpacked, nothing is left. */
const expectUntouched = () => expect(listing(workDir)).toEqual([]);

describe('pincast-sandbox in pinned mode', () => {
  it('runs the assignment and writes both receipts', async () => {
    const { digest } = await fleet.pin(environment);
    const ran = await launch([], {
      PINCAST_LAUNCH_ID: 'launch-1',
      PINCAST_REVISION: '1',
      ENVIRONMENT_TAR_DIGEST: digest,
    });
    expect(ran.exitCode).toBe(3);
    expect(ran.stdout).toBe(`ran in ${workDir}: a b $HOME\nenv ${workDir}/env file:///results\n`);
    expect(ran.stderr).toBe('');
    expect(listing(workDir)).toEqual(['env', 'env/bin', 'env/bin/work']);
    const { adopted, finished } = await fleet.receipts();
    expect(adopted).toMatchObject({
      revision: 1,
      launchId: 'launch-1',
      digest,
      bytes: environment.length,
      isolation: 'none',
    });
    expect(finished).toMatchObject({ digest, exitCode: 3, signal: null });
    const body = await fleet.read('acme-receipts', 'acme/codex/acme-job-x1/0-0-adopted.json');
    expect(parseRecord(receiptSchema, body, 'receipt')).toEqual(adopted);
  });

  it('runs the assignment without a launch claim, as a console run does', async () => {
    await fleet.pin(environment);
    expect((await launch()).exitCode).toBe(3);
    expect((await fleet.receipts()).adopted).toMatchObject({ launchId: null, revision: 1 });
  });

  it('stops after the receipt in verify mode', async () => {
    await fleet.pin(environment);
    const ran = await launch([], { PINCAST_LAUNCH: 'verify', PINCAST_LAUNCH_ID: 'launch-1' });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(Object.keys(await fleet.receipts())).toEqual(['adopted']);
  });

  it('kills a workload at its timeout, and still writes its receipt', async () => {
    const deaf = '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.05; done\n';
    await fleet.pin(tar([{ name: 'bin/work', content: deaf, mode: 0o755 }]));
    expect(await launch(['--timeout', '1'])).toMatchObject({ exitCode: 124, error: { code: 'TIMEOUT' } });
    const { finished } = await fleet.receipts();
    expect(finished).toMatchObject({ exitCode: 124, signal: 'SIGKILL', code: 'TIMEOUT' });
  });

  it('exits 75 for a replaced launch, also if its digest disagrees', async () => {
    await fleet.pin(environment);
    const ran = await launch([], { PINCAST_LAUNCH_ID: 'launch-0', ENVIRONMENT_TAR_DIGEST: OTHER });
    expect(ran).toMatchObject({ exitCode: 75, stdout: '', error: { code: 'SUPERSEDED', expected: 'launch-1' } });
    expect(await fleet.receipts()).toMatchObject({ superseded: { code: 'SUPERSEDED', digest: null } });
    expectUntouched();
  });

  it.each([
    ['digest', { ENVIRONMENT_TAR_DIGEST: OTHER }],
    ['revision', { PINCAST_REVISION: '2' }],
    ['URL', { ENVIRONMENT_TAR_URL: 'gs://acme-environments/codex/2.tar' }],
  ])('refuses a launch whose %s differs from the assignment’s', async (_what, env) => {
    await fleet.pin(environment);
    const ran = await launch([], env);
    expect(ran).toMatchObject({ exitCode: 77, stdout: '', error: { code: 'LEDGER_DISAGREES' } });
    expect(Object.keys(await fleet.receipts())).toEqual(['refused']);
    expectUntouched();
  });

  it('refuses an assignment whose ledger entry has another digest', async () => {
    await fleet.pin(environment, { entry: { environmentTarDigest: digestOf(Buffer.from('other')) } });
    expect(await launch()).toMatchObject({ exitCode: 77, error: { code: 'LEDGER_DISAGREES' } });
    expectUntouched();
  });

  it('refuses bytes that were replaced after the promotion, with both digests in the receipt', async () => {
    const { digest } = await fleet.pin(environment);
    const tampered = Buffer.from(environment);
    tampered[600] = 0x21;
    await fleet.put('acme-environments', 'codex/1.tar', tampered);
    const actual = digestOf(tampered);
    const ran = await launch();
    expect(ran).toMatchObject({
      exitCode: 65,
      stdout: '',
      error: { code: 'DIGEST_MISMATCH', expected: digest, actual },
    });
    expect(await fleet.receipts()).toMatchObject({ refused: { expectedDigest: digest, digest: actual } });
    expectUntouched();
  });

  it.each([
    ['a revoked digest', 'REVOKED', { revokedDigests: [digestOf(environment)] }],
    ['a lockdown', 'LOCKED_DOWN', { lockdown: true }],
    ['a lockdown of the runtime', 'LOCKED_DOWN', { lockdownRuntimes: ['codex'] }],
  ])('refuses to run under %s, and writes a receipt', async (_what, code, guard) => {
    await fleet.pin(environment);
    await fleet.put('acme-assignments', 'guard.json', JSON.stringify({ ...openGuard, ...guard }));
    expect(await launch()).toMatchObject({ exitCode: 77, stdout: '', error: { code } });
    expect(await fleet.receipts()).toMatchObject({ refused: { code } });
    expectUntouched();
  });

  it('refuses an object with a contentEncoding, and explains why', async () => {
    await fleet.pin(environment);
    await fleet.put('acme-environments', 'codex/1.tar', environment, { contentEncoding: 'gzip' });
    const ran = await launch();
    expect(ran).toMatchObject({ exitCode: 76, error: { code: 'ENVIRONMENT_ENCODED', contentEncoding: 'gzip' } });
    expect(ran.error?.message).toMatch(/decoded on the way.*could not hash.*without a contentEncoding/);
    expectUntouched();
  });

  it('refuses to run if an object has its receipt’s name', async () => {
    await fleet.pin(environment);
    await fleet.put('acme-receipts', 'acme/codex/acme-job-x1/0-0-adopted.json', '{}', { metadata: { record: '{}' } });
    expect(await launch()).toMatchObject({ exitCode: 77, stdout: '', error: { code: 'RECEIPT_TAKEN' } });
    expectUntouched();
  });

  it('exits 66 if the environment is missing, and leaves nothing', async () => {
    await fleet.pin(environment);
    await fleet.client.bucket('acme-environments').deleteFiles();
    expect(await launch()).toMatchObject({ exitCode: 66, error: { code: 'ENVIRONMENT_NOT_FOUND' } });
    expect(Object.keys(await fleet.receipts())).toEqual(['failed']);
    expectUntouched();
  });

  it('refuses a tenant without an assignment', async () => {
    await fleet.client.bucket('acme-assignments').file('codex/acme.json').delete();
    expect(await launch()).toMatchObject({ exitCode: 77, error: { code: 'NOT_REGISTERED' } });
    expectUntouched();
  });

  it('refuses an execution with several tasks', async () => {
    await fleet.pin(environment);
    const ran = await launch([], { CLOUD_RUN_TASK_COUNT: '2' });
    expect(ran).toMatchObject({ exitCode: 77, error: { code: 'TASK_COUNT_REFUSED', actual: '2' } });
    expectUntouched();
  });

  it('refuses a second attempt of its task, and writes no receipt named for attempt 0', async () => {
    await fleet.pin(environment);
    const ran = await launch([], { CLOUD_RUN_TASK_ATTEMPT: '1' });
    expect(ran).toMatchObject({ exitCode: 77, stdout: '', error: { code: 'TASK_ATTEMPT_REFUSED', actual: '1' } });
    expectUntouched();
    const [files] = await fleet.client.bucket('acme-receipts').getFiles();
    expect(files.map(({ name }) => name)).toEqual(['acme/codex/acme-job-x1/0-1-refused.json']);
  });

  it.each([
    ['--tenant', 'globex'],
    ['--pins', 'evil-pins'],
    ['--storage-endpoint', 'http://127.0.0.1:1'],
  ])('rejects a repeated %s in the arguments as a usage error', async (flag, value) => {
    const ran = await launch([flag, value]);
    expect(ran).toMatchObject({ exitCode: 64, stdout: '', error: { code: 'USAGE' } });
    expect(ran.error?.message).toContain(`${flag}: is given twice`);
    expectUntouched();
  });

  it('rejects a storage endpoint behind the command’s own flags', async () => {
    const flags = fleet.pinnedFlags().slice(2);
    const ran = await runSandboxProcess([...flags, '--storage-endpoint', fleet.storage.endpoint, '--', 'work']);
    expect(ran).toMatchObject({ exitCode: 64, error: { code: 'USAGE' } });
  });

  it('uses the endpoint of its command line, not STORAGE_EMULATOR_HOST', async () => {
    const { digest } = await fleet.pin(environment);
    const url = ['--environment-tar-url', 'gs://acme-environments/codex/1.tar', '--environment-tar-digest', digest];
    const line = [...fleet.pinnedFlags().slice(0, 2), ...url, '--launch', 'verify', '--work-dir', workDir];
    const ran = await runSandboxProcess(line, { STORAGE_EMULATOR_HOST: 'http://127.0.0.1:1' });
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(listing(workDir)).toContain('env/bin/work');
  });

  it('refuses a work dir with an environment, and leaves that as it is', async () => {
    await fleet.pin(environment);
    mkdirSync(join(workDir, 'env'));
    expect(await launch()).toMatchObject({ exitCode: 73, error: { code: 'WORK_DIR_UNUSABLE' } });
    expect(existsSync(join(workDir, 'env'))).toBe(true);
    expect(listing(workDir)).toEqual(['env']);
  });
});
