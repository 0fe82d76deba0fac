import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tar } from '../fixtures/archives/tar.ts';
import { temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { startDirect } from './direct.ts';
import { digestOf, ENTRY } from './fleet.ts';

const environment = tar([{ name: 'bin/work', content: '#!/bin/sh\neval "$1"\n', mode: 0o755 }]);

/** Runs `script` as the workload, which finds the results folder in $R and the work dir as its folder. */
async function run(script: string) {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  const args = ['--results-url', `file://${folder}/results`, '--results-upload-url', `file://${folder}/out.tar.gz`];
  const prepared = `R=$(echo "$WT_RESULTS" | sed s,^file://,,); ${script}`;
  return startDirect(environment, { args, command: ['work', prepared] }).ended;
}

describe('pincast-sandbox with results that it cannot archive', () => {
  it.each([
    ['whose folder is a file', 'rm -r "$R"; touch "$R"'],
    ['with a name that is not UTF-8', 'touch "$R/$(printf "a\\377b")"'],
    [
      'deeper than a path can be',
      'cd "$R"; n=$(printf "%0200d" 0); for i in $(seq 30); do mkdir $n; cd $n; done; touch x',
    ],
    ['with a twin of the receipt in capitals', 'touch "$R/PINCAST-RECEIPT.JSON"'],
    ['whose work dir is gone', 'cd /; rm -r "$PINCAST_ENVIRONMENT" && rmdir "$OLDPWD"'],
  ])('exits 74 for results %s', async (_what, script) => {
    const ran = await run(script);
    expect(ran).toMatchObject({ exitCode: 74, error: { code: 'RESULTS_REFUSED', exitCode: 74 } });
  });
});

describe('pincast-sandbox with an unwritable stderr', () => {
  const archive = (folder: string) => {
    writeFileSync(join(folder, 'e.tar'), environment);
    return ['--environment-tar-url', `file://${folder}/e.tar`, '--work-dir', `${folder}/work`];
  };

  it.each([
    ['65', `sha256:${'0'.repeat(64)}`, 65],
    ['64', 'sha256:none', 64],
    ['0', digestOf(environment), 0],
  ])('keeps the exit code %s', (_code, digest, exitCode) => {
    const line = [ENTRY, ...archive(temporaryFolder()), '--environment-tar-digest', digest, '--launch', 'verify'];
    const full = openSync('/dev/full', 'w');
    expect(spawnSync(process.execPath, line, { stdio: ['ignore', 'ignore', full] }).status).toBe(exitCode);
  });
});

describe('pincast-sandbox with a FIFO as environment', () => {
  it('refuses a FIFO at once, although no process writes to it', async () => {
    const folder = temporaryFolder();
    spawnSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'w'));
    const ran = await startDirect(environment, { url: `file://${folder}/pipe`, command: ['work'] }).ended;
    expect(ran).toMatchObject({ exitCode: 66, left: [], error: { code: 'ENVIRONMENT_NOT_FOUND' } });
  });
});

describe('pincast-sandbox and a server that sends line breaks', () => {
  it.each([
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: x\n{"severity":"CRITICAL"}\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: x\x85{"severity":"CRITICAL"}\u2028\r\n\r\n',
    'HTTP/1.1 200 OK\r\n{"severity":"CRITICAL"}\n\r\n\r\n',
  ])('logs no line that a server’s answer forged: %j', async (answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(answer, 'utf8'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/e.tar`;
    const ran = await startDirect(environment, { url, command: ['work'] }).ended;
    expect(ran).toMatchObject({ exitCode: 69, left: [], error: { code: 'ENVIRONMENT_UNAVAILABLE' } });
    const lines = ran.stderr.trimEnd().split(/[\n\r\x85\u2028]/);
    expect(lines.filter((line) => !/^(pincast-sandbox: download broke off|\{"severity":"ERROR",)/.test(line))).toEqual(
      [],
    );
  });
});

describe('pincast-sandbox with an open debugger', () => {
  it('refuses to start with a debugger that NODE_OPTIONS opened', () => {
    const folder = temporaryFolder();
    const line = [ENTRY, '--environment-tar-url', 'file:///x', '--launch', 'verify', '--work-dir', `${folder}/w`];
    const ran = spawnSync(process.execPath, line, { env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' }, encoding: 'utf8' });
    expect(ran.status).toBe(64);
    expect(ran.stderr).toContain('remove --inspect from NODE_OPTIONS');
  });
});

describe('pincast-sandbox --help and --version', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [ENTRY, ...args], { encoding: 'utf8' });

  it('prints help and version on stdout and exits 0, despite other arguments', () => {
    expect(run('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    const help = run('--nonsense', '--help');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    for (const part of [
      '--environment-tar-digest',
      'ENVIRONMENT_TAR_DIGEST',
      'WORKLOAD_ENV_',
      '77 ',
      'TASK_ATTEMPT_REFUSED',
    ]) {
      expect(help.stdout).toContain(part);
    }
  });

  it('passes --help behind -- to the command', () => {
    expect(run('--', 'work', '--help')).toMatchObject({ status: 64, stdout: '' });
  });
});
