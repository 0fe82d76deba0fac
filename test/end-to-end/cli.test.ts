import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { CLI, runCli } from '../cli/run-cli.ts';

const EMPTY_SHA256 = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const COLOUR = '\u001b[';

const CONFIGURED: Record<string, string> = {
  PINCAST_PROJECT: 'p',
  PINCAST_PINS_BUCKET: 'bucket',
  PINCAST_ASSIGNMENTS_BUCKET: 'bucket',
  PINCAST_CONTROL_BUCKET: 'bucket',
  PINCAST_RECEIPTS_BUCKET: 'bucket',
  PINCAST_RESULTS_BUCKET: 'bucket',
  PINCAST_ENVIRONMENTS_BUCKETS: 'environments',
};

let home = '';
const forbidding = createServer((_request, response) => {
  response.writeHead(403, { 'content-type': 'application/json' });
  response.end('{"error":{"code":403,"message":"olivia may not list objects"}}');
});

beforeAll(async () => {
  await new Promise<void>((resolve) => forbidding.listen(0, '127.0.0.1', resolve));
  CONFIGURED.PINCAST_STORAGE_ENDPOINT = `http://127.0.0.1:${(forbidding.address() as AddressInfo).port}`;
  home = mkdtempSync(join(tmpdir(), 'pincast-cli-'));
  writeFileSync(join(home, 'empty.tar'), '');
  mkdirSync(join(home, 'ended', '.pincast'), { recursive: true });
  const urls = { provisioner: 'http://127.0.0.1:1', statusUrl: 'http://127.0.0.1:1' };
  const ended = { formatVersion: 1, name: 'local', pid: 2 ** 22 + 1, env: {}, ...urls };
  writeFileSync(join(home, 'ended', '.pincast', 'target.json'), JSON.stringify(ended));
});
afterAll(() => {
  forbidding.close();
  rmSync(home, { recursive: true, force: true });
});

describe('the pincast program', () => {
  it('pincast’s file is executable and has a shebang', () => {
    accessSync(CLI, constants.X_OK);
    expect(readFileSync(CLI, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
  });

  it('prints its version', async () => {
    expect(await runCli(home, ['--version'])).toEqual({ exitCode: 0, out: `${manifest.version}\n`, err: '' });
  });

  it('prints help with examples and exit codes, without a target', async () => {
    const { exitCode, out, err } = await runCli(home, ['--help']);
    expect(exitCode).toBe(0);
    expect(err).toBe('');
    for (const text of ['Examples:', 'promote', 'pincast up', 'PINCAST_PROJECT']) expect(out).toContain(text);
    for (const code of [0, 1, 2, 64, 66, 69, 70, 124]) expect(out).toMatch(new RegExp(`^ +${code}  \\w`, 'm'));
  });

  it.each([
    ['digest', 'empty.tar', false],
    ['status', 'codex', true],
  ])('loads Google clients only for commands that need a cloud: %s', async (command, argument, expected) => {
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ load: (url, context, next) => {
        if (url.includes('/@google-cloud/')) process.stderr.write('loaded ' + url + '\\n');
        return next(url, context);
      } });`;
    const env = { ...CONFIGURED, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` };
    const { err } = await runCli(home, [command, argument], env);
    expect(err.includes('loaded file:')).toBe(expected);
  });
});

describe('pincast digest', () => {
  it('prints the digest and the file', async () => {
    const { exitCode, out, err } = await runCli(home, ['digest', 'empty.tar']);
    expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: `${EMPTY_SHA256}  empty.tar\n`, err: '' });
  });

  it('prints JSON alone', async () => {
    const { out } = await runCli(home, ['digest', 'empty.tar', '--json']);
    expect(JSON.parse(out)).toEqual({ digest: EMPTY_SHA256, file: 'empty.tar', bytes: 0 });
  });
});

describe('the pincast program with an invalid command line', () => {
  it.each<[string, string[], Record<string, string>, number, string]>([
    ['an unknown command', ['stauts'], {}, 64, 'Did you mean status?'],
    ['an unknown command that is asked for its help', ['stauts', '--help'], {}, 64, 'Did you mean status?'],
    ['an unknown option', ['status', '--jsn'], {}, 64, 'Did you mean --json?'],
    ['a missing argument', ['execute'], {}, 64, "missing required argument 'tenant'"],
    ['one argument too many', ['digest', 'a', 'b'], {}, 64, 'too many arguments'],
    ['nothing at all', [], {}, 64, 'Usage: pincast'],
    ['a missing file', ['digest', 'absent.tar'], {}, 66, 'there is no file'],
    ['a directory', ['digest', '.'], {}, 66, 'is a directory'],
    ['no target', ['status'], {}, 64, 'no cloud is configured'],
    ['half a configuration', ['status'], { PINCAST_PROJECT: 'p' }, 64, 'PINCAST_PINS_BUCKET: missing'],
    ['a missing file to promote', ['promote', 'absent.tar', '--runtime', 'codex'], CONFIGURED, 66, 'there is no file'],
    [
      'a bad digest',
      ['promote', 'gs://b-b/c', 'sha256:abc', '--runtime', 'codex'],
      CONFIGURED,
      64,
      'digest: expected sha256:',
    ],
    [
      'an environment that is no archive',
      ['promote', 'empty.tar', '--runtime', 'codex'],
      CONFIGURED,
      64,
      'empty.tar: expected a .tar, .tar.gz, .tar.zst or a pixi pack, got an empty file',
    ],
  ])('explains %s, and exits before it does anything', async (_title, args, variables, exitCode, message) => {
    const ended = await runCli(home, args, variables);
    expect(ended.err).toContain(message);
    expect(ended).toMatchObject({ exitCode, out: '' });
  });

  it('says that the local cloud has ended, and how to start it', async () => {
    const { exitCode, out, err } = await runCli(join(home, 'ended'), ['status', '--json']);
    expect({ exitCode, out }).toEqual({ exitCode: 69, out: '' });
    expect(err).toMatch(/is not running .*npm start/);
  });

  it.each<Record<string, string>>([{}, { FORCE_COLOR: '1' }, { NO_COLOR: '1' }])(
    'prints no colour in a pipe, with %j',
    async (variables) => {
      const { err } = await runCli(home, ['status'], variables);
      expect(err).toContain('pincast: no cloud is configured');
      expect(err).not.toContain(COLOUR);
      expect((await runCli(home, ['--help'], variables)).out).not.toContain(COLOUR);
    },
  );

  it('prints the cloud’s refusal without a stack', async () => {
    const { exitCode, out, err } = await runCli(home, ['tenants', 'list'], CONFIGURED);
    expect({ exitCode, out }).toEqual({ exitCode: 69, out: '' });
    expect(err).toContain(`target: project p at ${CONFIGURED.PINCAST_STORAGE_ENDPOINT} (from PINCAST_PROJECT)`);
    expect(err).toContain('pincast: Google Cloud refused: olivia may not list objects');
    expect(err).not.toMatch(/^ +at /m);
  });
});
