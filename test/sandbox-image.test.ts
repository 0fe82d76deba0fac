import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { tar } from './fixtures/archives/tar.ts';
import { listing, temporaryFolder } from './fixtures/archives/temporary-folder.ts';
import { digestOf, runSandboxProcess, SandboxFleet } from './sandbox-fleet.ts';

const ROOT = join(import.meta.dirname, '..');
const BUNDLE = 'dist/sandbox/pincast-sandbox.mjs';
const environment = tar([{ name: 'bin/work', content: '#!/bin/sh\necho it works\n', mode: 0o755 }]);

/** The image's instructions, with continued lines joined and comments gone. */
function instructions(): string[] {
  const text = readFileSync(join(ROOT, 'infra/sandbox/Dockerfile'), 'utf8');
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

const those = (keyword: string) => instructions().filter((line) => line.startsWith(`${keyword} `));

beforeAll(() => {
  execFileSync(process.execPath, ['infra/build.ts'], { cwd: ROOT, stdio: 'ignore' });
}, 60_000);

describe('the image of the sandbox', () => {
  it('is made of nothing that can change under its name', () => {
    for (const line of those('FROM')) expect(line).toMatch(/ \S+:[0-9][\w.-]+@sha256:[0-9a-f]{64}$/);
    for (const line of those('ADD')) {
      expect(line).toMatch(/--checksum=sha256:[0-9a-f]{64} /);
      expect(line).not.toContain('latest');
    }
  });

  it('copies only what the build makes', () => {
    const sources = those('COPY').flatMap((line) => line.split(/\s+/).slice(1, -1));
    const files = sources.filter((word) => !word.startsWith('--'));
    expect(files).toEqual([BUNDLE]);
    for (const file of files) expect(existsSync(join(ROOT, file))).toBe(true);
  });

  it('does not run as root, and starts without a shell', () => {
    expect(those('USER')).toEqual(['USER 1000:1000']);
    for (const line of [...those('ENTRYPOINT'), ...those('RUN')]) expect(line).toMatch(/^\w+ \[".*"\]$/);
  });

  it('runs the Node that the tests run on', () => {
    expect(those('FROM')[0]).toContain(`node:${process.versions.node}-`);
  });
});

describe('the bundled entrypoint', () => {
  /** The bundle alone in a folder, without packages above it. */
  function alone(): { folder: string; bundle: string } {
    const folder = temporaryFolder();
    copyFileSync(join(ROOT, BUNDLE), join(folder, 'entry.mjs'));
    return { folder, bundle: join(folder, 'entry.mjs') };
  }

  it('runs an environment from an empty folder with only Node', async () => {
    const { folder, bundle } = alone();
    writeFileSync(join(folder, 'environment.tar'), environment);
    const given = ['--environment-tar-url', `file://${folder}/environment.tar`];
    const digest = ['--environment-tar-digest', digestOf(environment)];
    const results = ['--dangerously-skip-results-archive-upload', '--results-url', 'file:///nowhere'];
    const args = [...given, ...digest, ...results, '--work-dir', join(folder, 'work'), '--', 'work'];
    const ran = await runSandboxProcess(args, {}, bundle);
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'it works\n', stderr: '' });
    expect(listing(join(folder, 'work'))).toEqual(['env', 'env/bin', 'env/bin/work']);
  });

  it('talks to Cloud Storage in pinned mode', async () => {
    const fleet = await SandboxFleet.start();
    onTestFinished(() => fleet.close());
    const { digest } = await fleet.pin(environment);
    const { folder, bundle } = alone();
    const ran = await runSandboxProcess(
      [...fleet.pinnedFlags(), '--work-dir', `${folder}/work`, '--', 'work'],
      {},
      bundle,
    );
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'it works\n', stderr: '' });
    expect(await fleet.receipts()).toMatchObject({ adopted: { digest }, finished: { exitCode: 0 } });
  });
});
