import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTar } from '../../infra/local/demo/build-tar.ts';
import { inRepository } from '../../infra/local/repository.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { type Built, build } from '../fixtures/built.ts';
import { digestOf } from '../sandbox/fleet.ts';

/** A container engine that answers; its client alone may be installed. */
const engine = ['docker', 'podman'].find((name) => spawnSync(name, ['info'], { timeout: 20_000 }).status === 0);
if (engine === undefined) process.stderr.write('SKIPPED, the sandbox image: neither docker nor podman answers\n');

const TAG = `pincast-sandbox:test-${process.pid}`;
const tar = buildTar([
  { path: 'bin/who', mode: 0o755, content: '#!/bin/sh\nid -u\ncat /proc/1/comm\npixi-unpack --version\n' },
]);

/** The base image and the two programs are pulled by their digests, so this needs the network once. */
describe.skipIf(engine === undefined)('the sandbox image', { timeout: 600_000 }, () => {
  const run = (...args: string[]) =>
    spawnSync(engine ?? '', ['run', '--rm', '--network', 'none', ...args], { encoding: 'utf8' });
  let built: Built;
  let folder: string;
  beforeAll(async () => {
    built = await build();
    folder = mkdtempSync(join(tmpdir(), 'pincast-image-'));
    mkdirSync(join(folder, 'given'));
    writeFileSync(join(folder, 'given', 'environment.tar'), tar);
    const dockerfile = inRepository('infra/sandbox/Dockerfile');
    execFileSync(engine ?? '', ['build', '--file', dockerfile, '--tag', TAG, dirname(built.dist)]);
  }, 600_000);
  afterAll(() => {
    spawnSync(engine ?? '', ['rmi', '--force', TAG]);
    built.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('prints its version', () => {
    expect(run(TAG, '--version')).toMatchObject({ status: 0, stdout: `${packageJson.version}\n` });
  });

  it('runs a workload as user 1000 behind tini, with pixi-unpack in its PATH', () => {
    const ran = run(...given(), TAG, ...flags(digestOf(tar)), '--', 'who');
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1000\ntini\npixi-unpack \S+\n$/) });
  });

  it('exits 65 for bytes with another digest', () => {
    const ran = run(...given(), TAG, ...flags(`sha256:${'0'.repeat(64)}`), '--', 'who');
    expect(ran).toMatchObject({ status: 65, stdout: '' });
  });

  const given = () => ['--volume', `${join(folder, 'given')}:/given:ro`];
});

function flags(digest: string): string[] {
  const source = ['--environment-tar-url', 'file:///given/environment.tar', '--environment-tar-digest', digest];
  return [...source, '--results-url', 'file:///results/run', '--dangerously-skip-results-archive-upload'];
}
