import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FleetView } from '#functions/core/status/fleet-status.ts';
import { nextSample } from '../../../infra/local/demo/sample.ts';
import { inRepository } from '../../../infra/local/repository.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pincast-start-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Ran = { code: number | null; stdout: string; stderr: string };

function start(...args: string[]): Promise<Ran> {
  return startIn({}, ...args);
}

function startIn(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  return run(args, env, () => undefined);
}

/** Starts a cloud that stays up, and stops it as Ctrl-C does as soon as it says so. */
function startAndStop(...args: string[]): Promise<Ran> {
  return run(args, {}, (stdout, child) => {
    if (stdout.includes('stays up until Ctrl-C')) child.kill('SIGINT');
  });
}

function run(
  args: readonly string[],
  env: Record<string, string>,
  onOutput: (stdout: string, child: ChildProcess) => void,
): Promise<Ran> {
  const { promise, resolve } = Promise.withResolvers<Ran>();
  const child = spawn(process.execPath, [inRepository('infra/local/start.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    onOutput(stdout, child);
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.on('close', (code) => resolve({ code, stdout, stderr }));
  return promise;
}

function summary({ stdout }: Ran): FleetView {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
}

const left = async () =>
  (await readdir(join(folder, '.pincast')).catch(() => [])).filter((name) => name !== 'compile-cache');

/** Each starts a whole cloud. */
describe('npm start -- --once', { timeout: 120_000 }, () => {
  it('exits 0 when the rollout SUCCEEDED; its last line is the summary; it leaves no state', async () => {
    const ran = await start('--once', '--tenants', '3', '--json');
    expect(ran.code).toBe(0);
    const view = summary(ran);
    expect(view).toMatchObject({ runtime: 'codex', revision: 1, state: 'SUCCEEDED' });
    expect(view.tenants.map(({ tenant, adoption }) => [tenant, adoption])).toEqual([
      ['acme', 'ADOPTED'],
      ['globex', 'ADOPTED'],
      ['initech', 'ADOPTED'],
    ]);
    expect(ran.stdout).not.toContain('\u001b');
    expect(await left()).toEqual([]);
  });

  it('exits 1 with --tamper: every tenant is REFUSED, with both digests', async () => {
    const ran = await start('--once', '--tamper', '--tenants', '2', '--json');
    expect(ran.code).toBe(1);
    const view = summary(ran);
    for (const tenant of view.tenants) {
      expect(tenant.adoption).toBe('REFUSED');
      expect(tenant.reason?.message).toMatch(new RegExp(`${view.environmentTarDigest}.*sha256:[0-9a-f]{64}`));
    }
    expect(await left()).toEqual([]);
  });

  it('exits 1 when every workload fails, and says that all adopted and why all failed', async () => {
    const ran = await start('--once', '--tenants', '2', '--', 'no-such-command');
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain('codex revision 1: HALTED: 2 adopted, 2 workloads failed');
    expect(ran.stdout).toMatch(/^acme .*FAILED \(exit 127\).*COMMAND_NOT_FOUND: .*no-such-command/m);
  });

  it('exits 66 for a missing tar, and names it', async () => {
    const ran = await start('--once', '--environment', 'nothing.tar');
    expect(ran).toMatchObject({ code: 66, stderr: expect.stringMatching(/there is no file .*nothing\.tar/) });
    expect(await left()).toEqual([]);
  });

  it('exits 64 for a file that is not an archive, and says what it is', async () => {
    const ran = await start('--once', '--environment', inRepository('README.md'));
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('got text that begins with "# Pincast');
    expect(await left()).toEqual([]);
  });

  it('exits 64 if PUBSUB_EMULATOR_HOST is not an address', async () => {
    const ran = await startIn({ PUBSUB_EMULATOR_HOST: 'nonsense' }, '--once', '--tenants', '1');
    expect(ran.code).toBe(64);
    expect(ran.stderr).toContain('PUBSUB_EMULATOR_HOST: expected host:port, got "nonsense"');
    expect(await left()).toEqual([]);
  });

  it.each([
    [['--tenants', '0'], /whole number from 1 to 5000/],
    [['--timeout', '604801'], /whole number from 1 to 604800/],
    [['--run-quota', 'x'], /whole number from 1 to/],
    [['--temper'], /unknown option.*--tamper/s],
  ])('exits 64 for %j, and says what it expected', async (args, message) => {
    const ran = await start('--once', ...args);
    expect(ran.code).toBe(64);
    expect(ran.stderr).toMatch(message);
    expect(await left()).toEqual([]);
  });
});

describe('npm start on kept state', () => {
  /** The ledger's entries that the storage journal names. */
  const ledger = async () => {
    const journal = await readFile(join(folder, '.pincast/state/storage/journal.jsonl'), 'utf8');
    return [...new Set(journal.match(/codex\/\d{8}\.json/g))];
  };

  it('shows the last promotion and promotes nothing; --tenants of another size exits 64', async () => {
    const first = await startAndStop('--tenants', '2');
    expect(first).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/promoting sha256:\w+ to 2 tenants of codex/),
    });
    const digest = /promoting (sha256:\w+)/.exec(first.stdout)?.[1];
    expect(await ledger()).toEqual(['codex/00000001.json']);

    const second = await startAndStop('--json');
    expect(second.code).toBe(0);
    expect(second.stdout).toContain(`codex revision 1 of the kept state (${digest} by npm start, 2 tenants)`);
    expect(second.stdout).not.toContain('promoting');
    const shown = second.stdout.split('\n').find((line) => line.startsWith('{')) ?? '{}';
    expect(JSON.parse(shown)).toMatchObject({ revision: 1, state: 'SUCCEEDED', tenants: [{}, {}] });
    expect(await ledger()).toEqual(['codex/00000001.json']);

    const third = await startAndStop('--tenants', '3');
    expect(third.code).toBe(64);
    expect(third.stderr).toContain('--tenants 3: the kept fleet has 2 tenants of codex');
    expect(await ledger()).toEqual(['codex/00000001.json']);
  });
});

it('the README names the digest of the environment that npm start stores for it', async () => {
  expect(await readFile(inRepository('README.md'), 'utf8')).toContain(nextSample().digest);
});
