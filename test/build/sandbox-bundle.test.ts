import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { type Built, build } from '../fixtures/built.ts';

const tar = buildTar([{ path: 'bin/work', mode: 0o755, content: '#!/bin/sh\necho "ran from $PINCAST_ENVIRONMENT"\n' }]);
const digest = `sha256:${createHash('sha256').update(tar).digest('hex')}`;

describe('the sandbox bundle in an empty directory', () => {
  let built: Built;
  let directory: string;
  beforeAll(async () => {
    built = await build();
  });
  afterAll(() => built.remove());
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pincast-bundle-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    copyFileSync(join(built.dist, 'sandbox/pincast-sandbox.mjs'), join(directory, 'pincast-sandbox.mjs'));
    writeFileSync(join(directory, 'environment.tar'), tar);
  });

  it('runs a workload from a file:// URL with nothing but Node', async () => {
    const ran = await sandbox(`file://${directory}/environment.tar`);
    expect(ran).toEqual({ code: 0, stdout: `ran from ${directory}/work/env\n`, stderr: '' });
  });

  it('runs a workload from an http:// URL with nothing but Node', async () => {
    const ran = await sandbox(`${await serveTar()}/environment.tar`);
    expect(ran).toEqual({ code: 0, stdout: `ran from ${directory}/work/env\n`, stderr: '' });
  });

  it.each(['file', 'http'])('exits 65 for bytes with another digest from %s, and leaves nothing', async (scheme) => {
    const origin = scheme === 'file' ? `file://${directory}` : await serveTar();
    const wrong = `sha256:${'0'.repeat(64)}`;
    const ran = await sandbox(`${origin}/environment.tar`, wrong);
    expect(ran).toMatchObject({ code: 65, stdout: '' });
    const error = JSON.parse(ran.stderr.trim().split('\n').at(-1) ?? '');
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', expected: wrong, actual: digest });
    expect(readdirSync(join(directory, 'work'))).toEqual([]);
  });

  it('prints its version and its help', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await run('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--environment-tar-digest'),
    });
  });

  function sandbox(url: string, expected = digest) {
    const flags = ['--environment-tar-url', url, '--environment-tar-digest', expected];
    const results = ['--results-url', `file://${directory}/results`, '--dangerously-skip-results-archive-upload'];
    return run(...flags, ...results, '--work-dir', join(directory, 'work'), '--', 'work');
  }

  function run(...args: string[]) {
    const child = spawn(process.execPath, ['pincast-sandbox.mjs', ...args], {
      cwd: directory,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return outcomeOf(child);
  }
});

async function outcomeOf(child: ChildProcessByStdio<null, Readable, Readable>) {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, stdout, stderr };
}

async function serveTar(): Promise<string> {
  const server = createServer((_request, response) => response.end(tar));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
