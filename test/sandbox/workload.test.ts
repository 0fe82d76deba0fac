import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { runningProcesses } from '#functions/host/process/process-table.ts';
import { type Made, tar } from '../fixtures/archives/tar.ts';
import { listing } from '../fixtures/archives/temporary-folder.ts';
import { type DirectInput, type DirectRun, startDirect } from './direct.ts';

const script = (name: string, body: string): Made => ({
  name: `bin/${name}`,
  content: `#!/bin/sh\n${body}\n`,
  mode: 0o755,
});

const environment = tar([
  script('say', 'printf "%s|" "$@"'),
  script('die', 'kill -9 $$'),
  script('polite', 'trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done'),
  script('deaf', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'),
  { name: 'bin/data', content: 'not a program' },
]);

const WAIT = { timeout: 15_000, interval: 20 };

const run = (input: DirectInput, archive = environment) => startDirect(archive, input).ended;

async function untilReady(sandbox: DirectRun): Promise<void> {
  await vi.waitFor(() => expect(sandbox.stdout()).toContain('ready'), { timeout: 15_000, interval: 20 });
}

describe('pincast-sandbox with a workload', () => {
  it('passes arguments unchanged, and passes the output through', async () => {
    const ran = await run({ command: ['say', 'a b', '$HOME', '`id`', "it's", '--flag'] });
    expect(ran).toMatchObject({ exitCode: 0, stdout: "a b|$HOME|`id`|it's|--flag|", stderr: '' });
  });

  it.each([
    ['without activate.sh', environment],
    ['behind activate.sh', tar([{ name: 'activate.sh', content: 'true\n' }])],
  ])('gives a workload %s only the descriptors that the sandbox got', async (_how, archive) => {
    const command = ['sh', '-c', 'ls /proc/$$/fd'];
    const inherited = spawnSync('sh', command.slice(1), { encoding: 'utf8' }).stdout;
    expect(await run({ command }, archive)).toMatchObject({ exitCode: 0, stdout: inherited });
  });

  it('exits 128 plus the signal’s number if a signal kills the workload', async () => {
    expect((await run({ command: ['die'] })).exitCode).toBe(137);
  });

  it.each([
    ['is not there', 'nowhere', 127, 'COMMAND_NOT_FOUND'],
    ['cannot be executed', 'data', 126, 'COMMAND_NOT_EXECUTABLE'],
    ['lies below a file', 'env/bin/say/x', 126, 'COMMAND_NOT_EXECUTABLE'],
    ['is longer than a path can be', 'a'.repeat(5_000), 126, 'COMMAND_NOT_EXECUTABLE'],
  ])('reports a workload that %s as a shell does', async (_what, command, exitCode, code) => {
    expect(await run({ command: [command] })).toMatchObject({ exitCode, error: { code, exitCode } });
  });

  it('names the programs of the environment if the command is missing', async () => {
    const { error } = await run({ command: ['greet'] });
    expect(error?.message).toBe('no greet in env/bin; it has: data, deaf, die, polite, say');
    const many = tar(Array.from({ length: 100 }, (_, index) => script(`program-${index}`, 'true')));
    const { error: bounded } = await run({ command: ['greet'] }, many);
    expect(bounded?.message).toMatch(/^no greet in env\/bin; it has: (program-\d+, ){20}and 80 more$/);
  });

  it('says that the interpreter of the command is missing', async () => {
    const stray: Made = { name: 'bin/greet', content: '#!/build/venv/bin/python\n', mode: 0o755 };
    const ran = await run({ command: ['greet'] }, tar([stray]));
    expect(ran).toMatchObject({ exitCode: 127, error: { code: 'COMMAND_NOT_FOUND' } });
    expect(ran.error?.message).toContain('the interpreter that its first line names is missing');
  });

  it('hides signed URLs from the workload, and renames the WORKLOAD_ENV_ variables', async () => {
    const url = 'https://h/o?sig=s3cret';
    const env = {
      DANGEROUSLY_SKIP_RESULTS_ARCHIVE_UPLOAD: 'false',
      WORKLOAD_ENV_GREETING: 'hello',
      ENVIRONMENT_TAR_URL: url,
    };
    const ran = await run({
      command: ['sh', '-c', 'echo "$GREETING|$ENVIRONMENT_TAR_URL|$HOME"'],
      env: { ...env, HOME: '/h' },
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'hello||/h\n' });
  });

  it('ends every process that the workload started before it exits', async () => {
    const command = [
      'sh',
      '-c',
      'setsid sh -c "trap : TERM; while :; do sleep 0.05; done" & sleep 0.2; echo $!; exit 4',
    ];
    const ran = await run({ command });
    expect(ran.exitCode).toBe(4);
    expect(runningProcesses().map(({ pid }) => pid)).not.toContain(Number(ran.stdout));
  });

  it('forwards TERM to the workload, which determines the exit code', async () => {
    const sandbox = startDirect(environment, { command: ['polite'] });
    await untilReady(sandbox);
    sandbox.kill('SIGTERM');
    expect(await sandbox.ended).toMatchObject({ exitCode: 5, stdout: 'ready\ngot TERM\n' });
  });

  it('sends TERM to the workload at the timeout, and exits 124', async () => {
    const ran = await run({ command: ['polite'], env: { PINCAST_TIMEOUT: '1' } });
    expect(ran).toMatchObject({
      exitCode: 124,
      stdout: 'ready\ngot TERM\n',
      error: { code: 'TIMEOUT', exitCode: 124 },
    });
  });

  it('kills a workload that ignores TERM within Cloud Run’s 10 s', async () => {
    const sandbox = startDirect(environment, { command: ['deaf'] });
    await untilReady(sandbox);
    const start = performance.now();
    sandbox.kill('SIGTERM');
    expect((await sandbox.ended).exitCode).toBe(137);
    expect(performance.now() - start).toBeLessThan(9_000);
  });

  it('runs the workload behind activate.sh, and no shell evaluates its arguments', async () => {
    const activate: Made = { name: 'activate.sh', content: 'export GREETING="hello from activate"\n' };
    const archive = tar([script('greet', 'echo "$GREETING, $1"; exit 4'), activate]);
    const ran = await run({ command: ['greet', '$(touch pwned); `touch pwned`'] }, archive);
    expect(ran).toMatchObject({ exitCode: 4, stdout: 'hello from activate, $(touch pwned); `touch pwned`\n' });
    expect(ran.left).toEqual(['env', 'env/activate.sh', 'env/bin', 'env/bin/greet']);
  });
});

describe('pincast-sandbox with a TERM before its workload', () => {
  it('stops unpacking 60,000 small files and never starts the workload', async () => {
    const many = Array.from(
      { length: 60_000 },
      (_, index): Made => ({ name: `d${index % 100}/${index}`, content: 'x' }),
    );
    const sandbox = startDirect(tar([script('say', 'echo ran'), ...many]), { command: ['say'] });
    await vi.waitFor(() => expect(listing(sandbox.workDir).length).toBeGreaterThan(200), WAIT);
    sandbox.kill('SIGTERM');
    const ran = await sandbox.ended;
    expect(ran).toMatchObject({ exitCode: 143, stdout: '', left: [], error: { code: 'INTERRUPTED' } });
  });

  it('stops a download, leaves nothing and exits 143', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('a');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const asked = new Promise((resolve) => server.once('request', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/environment.tar`;
    const sandbox = startDirect(environment, { command: ['say'], url });
    await asked;
    sandbox.kill('SIGTERM');
    const ran = await sandbox.ended;
    expect(ran).toMatchObject({
      exitCode: 143,
      stdout: '',
      left: [],
      error: { code: 'INTERRUPTED', signal: 'SIGTERM' },
    });
  });
});
