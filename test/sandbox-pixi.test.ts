import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tar } from './fixtures/archives/tar.ts';
import { temporaryFolder } from './fixtures/archives/temporary-folder.ts';
import { startDirect } from './sandbox-direct.ts';
import { digestOf } from './sandbox-fleet.ts';

const pack = tar([
  { name: 'channel/noarch/repodata.json', content: '{}' },
  { name: './pixi-pack.json', content: '{"version":"1","platform":"linux-64"}' },
  { name: 'environment.yml', content: 'name: default\n' },
]);

const PATH = process.env.PATH ?? '';

/** A stand-in that records its calls and what it was given, then does `then`. */
function pixiUnpack(then: string): { path: string; calls: () => string[]; given: () => Buffer } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin', 'pixi-unpack');
  const body = [
    '#!/bin/sh',
    `echo "$*" >> ${folder}/calls`,
    'if [ "$1" = --version ]; then echo "pixi-unpack 0.7.2"; exit 0; fi',
    'workdir=$2',
    `cat "$5" > ${folder}/given`,
    then,
  ];
  writeFileSync(program, `${body.join('\n')}\n`);
  chmodSync(program, 0o755);
  return {
    path: `${folder}/bin:${PATH}`,
    calls: () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n'),
    given: () => readFileSync(join(folder, 'given')),
  };
}

const INSTALL = [
  'touch "$TMPDIR/half-way"',
  'mkdir -p "$workdir/env/bin"',
  'printf \'#!/bin/sh\\necho "$CONDA_PREFIX: $1"\\n\' > "$workdir/env/bin/work"',
  'chmod +x "$workdir/env/bin/work"',
  'echo "export CONDA_PREFIX=$workdir/env" > "$workdir/activate.sh"',
].join('\n');

describe('a pixi pack', () => {
  it('is installed by pixi-unpack from the verified bytes and runs activated', async () => {
    const unpack = pixiUnpack(INSTALL);
    const sandbox = startDirect(pack, { command: ['work', 'x y'], env: { PATH: unpack.path } });
    const ran = await sandbox.ended;
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${sandbox.workDir}/env: x y\n` });
    expect(ran.stderr).toContain('pixi-unpack 0.7.2');
    expect(unpack.calls()).toEqual(['--version', `--output-directory ${sandbox.workDir} --shell bash /dev/fd/3`]);
    expect(digestOf(unpack.given())).toBe(digestOf(pack));
    expect(ran.left).toEqual(['activate.sh', 'env', 'env/bin', 'env/bin/work']);
  });

  it('that pixi-unpack cannot install carries its exit code and output, and leaves nothing', async () => {
    const unpack = pixiUnpack(`${INSTALL}\necho so far; echo "no space: X-Goog-Signature=abc" >&2; exit 9`);
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: unpack.path } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [] });
    expect(ran.error).toMatchObject({ code: 'UNPACK_FAILED', unpackerExitCode: 9, stdout: 'so far\n' });
    expect(ran.error?.stderr).toBe('no space: X-Goog-Signature=REDACTED\n');
  });

  it('without pixi-unpack says how to get it', async () => {
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: '/usr/bin:/bin' } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [], error: { code: 'UNPACK_FAILED' } });
    expect(ran.error?.message).toMatch(/pixi-unpack is missing.*pixi global install pixi-unpack/);
  });

  it('that does not hash to its digest never reaches pixi-unpack', async () => {
    const unpack = pixiUnpack(INSTALL);
    const args = ['--environment-tar-digest', `sha256:${'0'.repeat(64)}`, '--results-url', 'file:///nowhere'];
    const ran = await startDirect(pack, {
      args: [...args, '--dangerously-skip-results-archive-upload'],
      command: ['work'],
      env: { PATH: unpack.path },
    }).ended;
    expect(ran).toMatchObject({ exitCode: 65, stdout: '', left: [] });
    expect(unpack.calls).toThrow('ENOENT');
  });

  it('in a compressed tar is refused: pixi-unpack reads plain ones', async () => {
    const ran = await startDirect(gzipSync(pack), { command: ['work'] }).ended;
    expect(ran).toMatchObject({ exitCode: 76, left: [], error: { code: 'ARCHIVE_REFUSED', reason: 'NOT_AN_ARCHIVE' } });
  });
});
