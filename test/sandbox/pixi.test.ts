import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { type Made, tar } from '../fixtures/archives/tar.ts';
import { temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { startDirect } from './direct.ts';
import { digestOf } from './fleet.ts';

const entries: Made[] = [
  { name: 'channel/noarch/repodata.json', content: '{}' },
  { name: './pixi-pack.json', content: '{"version":"1","platform":"linux-64"}' },
  { name: 'environment.yml', content: 'name: default\n' },
];
const pack = tar(entries);
const WAIT = { timeout: 15_000, interval: 20 };

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

function fail(): never {
  throw new Error('not yet');
}

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const INSTALL = [
  'touch "$TMPDIR/half-way"',
  'mkdir -p "$workdir/env/bin"',
  'printf \'#!/bin/sh\\necho "$CONDA_PREFIX: $1"\\n\' > "$workdir/env/bin/work"',
  'chmod +x "$workdir/env/bin/work"',
  'echo "export CONDA_PREFIX=$workdir/env" > "$workdir/activate.sh"',
].join('\n');

describe('pincast-sandbox with a pixi pack', () => {
  it('installs the verified bytes with pixi-unpack, and runs the workload activated', async () => {
    const unpack = pixiUnpack(INSTALL);
    const sandbox = startDirect(pack, { command: ['work', 'x y'], env: { PATH: unpack.path } });
    const ran = await sandbox.ended;
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${sandbox.workDir}/env: x y\n` });
    expect(ran.stderr).toContain('pixi-unpack 0.7.2');
    expect(unpack.calls()).toEqual(['--version', `--output-directory ${sandbox.workDir} --shell bash /dev/fd/3`]);
    expect(digestOf(unpack.given())).toBe(digestOf(pack));
    expect(ran.left).toEqual(['activate.sh', 'env', 'env/bin', 'env/bin/work']);
  });

  it('reports pixi-unpack’s exit code and output after a failure, and leaves nothing', async () => {
    const unpack = pixiUnpack(`${INSTALL}\necho so far; echo "no space: X-Goog-Signature=abc" >&2; exit 9`);
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: unpack.path } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [] });
    expect(ran.error).toMatchObject({ code: 'UNPACK_FAILED', unpackerExitCode: 9, stdout: 'so far\n' });
    expect(ran.error?.stderr).toBe('no space: X-Goog-Signature=REDACTED\n');
  });

  it('exits 76 without pixi-unpack, and says how to install it', async () => {
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: '/usr/bin:/bin' } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [], error: { code: 'UNPACK_FAILED' } });
    expect(ran.error?.message).toMatch(/pixi-unpack is missing.*pixi global install pixi-unpack/);
  });

  it('never starts pixi-unpack for a pack with another digest', async () => {
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

  it.each<[string, string, Made]>([
    ['a name that goes up', 'LEAVES_FOLDER', { name: '../escaped', content: 'x' }],
    ['a link that leads out', 'LEAVES_FOLDER', { name: 'out', type: '2', target: '/etc' }],
    ['a file named like its folder', 'DUPLICATE', { name: 'channel/noarch', content: 'x' }],
    ['a device', 'UNSUPPORTED_TYPE', { name: 'null', type: '3' }],
  ])('never starts pixi-unpack for a pack with %s behind its mark', async (_what, reason, made) => {
    const unpack = pixiUnpack(INSTALL);
    const ran = await startDirect(tar([...entries, made]), { command: ['work'], env: { PATH: unpack.path } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, left: [], error: { code: 'ARCHIVE_REFUSED', reason, entry: made.name } });
    expect(unpack.calls).toThrow('ENOENT');
  });

  it.each([
    ['installs', '"$workdir/env/large"', ''],
    ['goes on installing', '"$workdir/env/large"', 'exec sleep 600'],
    ['goes on writing to its temporary folder', '"$TMPDIR/large"', 'exec sleep 600'],
  ])('refuses a pack if pixi-unpack %s more bytes than the limit', async (_how, file, then) => {
    const unpack = pixiUnpack(`${INSTALL}\nhead -c 2000000 /dev/zero > ${file}\n${then}`);
    const env = { PATH: unpack.path, PINCAST_MAX_ENVIRONMENT_BYTES: '1000000' };
    const ran = await startDirect(pack, { command: ['work'], env }).ended;
    const error = { code: 'ARCHIVE_REFUSED', reason: 'TOO_MANY_BYTES', entry: expect.stringMatching(/large$/) };
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [], error });
  });

  it.each([
    ['an absolute link', 'LEAVES_FOLDER', 'ln -s /etc/passwd'],
    ['a link that goes up too far', 'LEAVES_FOLDER', 'ln -s ../../etc/passwd'],
    ['a link to the start of another folder’s name', 'LEAVES_FOLDER', 'ln -s "$workdir-2/x"'],
    ['a FIFO', 'UNSUPPORTED_TYPE', 'mkfifo'],
  ])('refuses a pack that installs %s, by its name', async (_what, reason, command) => {
    const unpack = pixiUnpack(`${INSTALL}\n${command} "$workdir/env/bad"`);
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: unpack.path } }).ended;
    const error = { code: 'ARCHIVE_REFUSED', reason, entry: 'env/bad' };
    expect(ran).toMatchObject({ exitCode: 76, stdout: '', left: [], error });
  });

  it('accepts links that stay in the work dir, and drops set-id bits', async () => {
    const links = 'ln -s "$workdir/env/bin/work" "$workdir/env/bin/same"; ln -s ../activate.sh "$workdir/env/up"';
    const unpack = pixiUnpack(`${INSTALL}\n${links}\nchmod 6755 "$workdir/env/bin/work"`);
    const sandbox = startDirect(pack, { command: ['same', 'x'], env: { PATH: unpack.path } });
    expect(await sandbox.ended).toMatchObject({ exitCode: 0, stdout: `${sandbox.workDir}/env: x\n` });
    expect(statSync(join(sandbox.workDir, 'env/bin/work')).mode & 0o7777).toBe(0o755);
  });

  it.each([
    ['nothing', 'exit 0'],
    ['a file as env', 'echo > "$workdir/env"'],
    ['a link as env', 'ln -s . "$workdir/env"'],
  ])('refuses a pack if pixi-unpack installs %s', async (_what, then) => {
    const unpack = pixiUnpack(then);
    const ran = await startDirect(pack, { command: ['true'], env: { PATH: unpack.path } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, left: [], error: { code: 'UNPACK_FAILED' } });
    expect(ran.error?.message).toContain('installed no env directory');
  });

  it('names the signal that killed pixi-unpack', async () => {
    const unpack = pixiUnpack(`${INSTALL}\nkill -9 $$`);
    const ran = await startDirect(pack, { command: ['work'], env: { PATH: unpack.path } }).ended;
    expect(ran).toMatchObject({ exitCode: 76, left: [], error: { code: 'UNPACK_FAILED', unpackerSignal: 'SIGKILL' } });
    expect(ran.error?.message).toContain('was killed by SIGKILL');
  });

  it('removes what a failed pixi-unpack wrote, and keeps what was there before', async () => {
    const unpack = pixiUnpack(`${INSTALL}\nmkdir "$workdir/more"; touch "$workdir/more/x" "$workdir/beside"; exit 9`);
    const sandbox = startDirect(pack, { command: ['work'], env: { PATH: unpack.path } });
    mkdirSync(join(sandbox.workDir, 'kept'));
    expect(await sandbox.ended).toMatchObject({ exitCode: 76, left: ['kept'] });
  });

  it('ends a pixi-unpack that ignores TERM, and its child processes', async () => {
    const again = '(trap "" TERM; while :; do mkdir -p "$workdir/env"; echo on > "$workdir/env/again"; done) &';
    const unpack = pixiUnpack(`trap "" TERM\n${again}\necho $! > "$workdir/pid"; while :; do sleep 0.05; done`);
    const sandbox = startDirect(pack, { command: ['work'], env: { PATH: unpack.path } });
    const pid = await vi.waitFor(
      () => Number(readFileSync(join(sandbox.workDir, 'pid'), 'utf8').trim()) || fail(),
      WAIT,
    );
    sandbox.kill('SIGTERM');
    expect(await sandbox.ended).toMatchObject({ exitCode: 143, left: [], error: { code: 'INTERRUPTED' } });
    expect(isRunning(pid)).toBe(false);
  });

  it('runs the workload although pixi-unpack left a process, and ends that process', async () => {
    const unpack = pixiUnpack(`${INSTALL}\nsleep 600 & echo $! > "$workdir/pid"`);
    const sandbox = startDirect(pack, { command: ['work', 'x'], env: { PATH: unpack.path } });
    expect(await sandbox.ended).toMatchObject({ exitCode: 0 });
    expect(isRunning(Number(readFileSync(join(sandbox.workDir, 'pid'), 'utf8')))).toBe(false);
  });

  it('refuses a compressed pack, because pixi-unpack reads plain tars', async () => {
    const ran = await startDirect(gzipSync(pack), { command: ['work'] }).ended;
    expect(ran).toMatchObject({ exitCode: 76, left: [], error: { code: 'ARCHIVE_REFUSED', reason: 'NOT_AN_ARCHIVE' } });
  });
});
