import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Made, tar } from '../fixtures/archives/tar.ts';
import { type Built, build } from '../fixtures/built.ts';
import { type Contained, contain, missingNamespaces } from '../fixtures/namespaces.ts';
import { digestOf, errorOf } from '../sandbox/fleet.ts';

const UID = 4711;
const missing = missingNamespaces('tini', 'setpriv', 'setsid');
if (missing !== undefined) process.stderr.write(`SKIPPED, the sandbox as PID 1: ${missing}\n`);

const script = (name: string, body: string): Made => ({
  name: `bin/${name}`,
  content: `#!/bin/sh\n${body}\n`,
  mode: 0o755,
});

const RESULTS = 'results=$(echo "$WT_RESULTS" | sed s,^file://,,)';
const ZOMBIES = 'grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l';
/** Names each of these places that takes a file; the folder in `$1` is the container's. */
const TRY_TO_WRITE = [
  'for place in / /tmp /var/tmp /run /etc /opt /usr/local/bin /root /dev /dev/shm "$1" "$1/work" "$1/results"; do',
  '  touch "$place/written" 2>/dev/null && { rm "$place/written"; basename "$place"; }',
  'done; true',
].join('\n');

const environment = tar([
  script('writer', `set -- "$(dirname "$PWD")"\n${TRY_TO_WRITE}`),
  script(
    'who',
    `${RESULTS}; id -u; stat -c %u "$PINCAST_ENVIRONMENT" "$0" "$PWD" "$results"; echo "$HOME" > "$results/home"`,
  ),
  script('orphans', `for i in 1 2 3 4 5 6 7 8 9 10; do (setsid sleep 0.05 &); done; sleep 0.5; ${ZOMBIES}`),
  script('stubborn', 'trap "" TERM; while :; do echo tick >> "$1"; sleep 0.01; done'),
  script('leaver', `${RESULTS}; setsid -f stubborn "$results/log"; (stubborn "$results/other" &); sleep 0.3; exit 5`),
  script('polite', 'trap "echo got TERM; exit 6" TERM; echo ready; while :; do sleep 0.05; done'),
  script('deaf', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'),
  script(
    'attack',
    [
      'target=$PPID',
      'for signal in USR1 TERM KILL STOP; do kill -$signal $target 2>/dev/null && echo "sent $signal"; done',
      'for file in environ mem fd/0; do head -c 1 /proc/$target/$file >/dev/null 2>&1 && echo "read $file"; done',
      'ls /proc/$target/fd >/dev/null 2>&1 && echo "listed fd"',
      'touch "$BUNDLE" 2>/dev/null && echo "wrote the bundle"',
      'sleep 0.3; echo done',
    ].join('\n'),
  ),
]);

type Start = {
  command: string[];
  as?: 'root' | 'user';
  init?: boolean;
  nodeFlags?: string[];
  args?: string[];
  env?: Record<string, string>;
  archive?: Buffer;
  /** Programs beside the image's own. */
  programs?: Record<string, string>;
};

/** `root`: the container starts as root and the workload has a user of its own; `user`: all of it is that user. */
function start({
  command,
  as = 'root',
  init = true,
  nodeFlags = ['--disable-sigusr1'],
  args = [],
  env = {},
  archive = environment,
  programs = {},
}: Start): Contained & { folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'pincast-container-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  for (const name of ['work', 'results', 'upload']) mkdirSync(join(folder, name));
  for (const name of ['work', 'results', 'upload'])
    chownSync(join(folder, name), as === 'user' || name === 'upload' ? UID : 0, 0);
  writeFileSync(join(folder, 'environment.tar'), archive);
  mkdirSync(join(folder, 'programs'));
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(folder, 'programs', name), text, { mode: 0o755 });
  }
  const flags = [
    ...['--environment-tar-url', `file://${folder}/environment.tar`, '--environment-tar-digest', digestOf(archive)],
    ...['--work-dir', `${folder}/work`, '--results-url', `file://${folder}/results`],
    ...['--results-upload-url', `file://${folder}/upload/results.tar.gz`],
    ...(as === 'root' ? ['--workload-uid', String(UID)] : []),
  ];
  const drop = ['setpriv', `--reuid=${UID}`, `--regid=${UID}`, '--clear-groups'];
  const line = [
    ...(as === 'user' ? drop : []),
    ...(init ? ['tini', '--'] : []),
    ...[process.execPath, ...nodeFlags, bundle, ...flags, ...args, '--', ...command],
  ];
  const all = { PATH: `${process.env.PATH}:${folder}/programs`, BUNDLE: bundle, ...env };
  return {
    folder,
    ...contain(
      line,
      all,
      ['work', 'results', 'upload'].map((name) => join(folder, name)),
    ),
  };
}

/** The names in the results archive, which must be whole, and the receipt that it carries. */
function results(folder: string): {
  names: string[];
  receipt: Record<string, unknown>;
  text: (name: string) => string;
} {
  const archive = join(folder, 'upload', 'results.tar.gz');
  const names = execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  const text = (name: string) => execFileSync('tar', ['xzOf', archive, name], { encoding: 'utf8' });
  return { names, receipt: JSON.parse(text('pincast-receipt.json')), text };
}

let bundle: string;

describe.skipIf(missing !== undefined && process.env.CI !== 'true')('the sandbox’s bundle in a container', () => {
  let built: Built | undefined;
  beforeAll(async () => {
    if (missing !== undefined) throw new Error(missing);
    built = await build();
    bundle = join(built.dist, 'sandbox/pincast-sandbox.mjs');
  });
  afterAll(() => built?.remove());

  it('gives the environment, the work dir, the results and HOME to the workload’s user', async () => {
    const run = start({ command: ['who'] });
    const ran = await run.ended;
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', stdout: `${UID}\n`.repeat(5) });
    const { names, receipt, text } = results(run.folder);
    expect(names).toEqual(['pincast-receipt.json', 'home']);
    expect(text('home')).toBe(`${run.folder}/work\n`);
    expect(receipt).toMatchObject({ isolation: 'uid', exitCode: 0 });
  });

  it('lets root and the workload write to the directories given to them and nowhere else', async () => {
    const run = start({ command: ['writer'] });
    expect(await run.ended).toMatchObject({ exitCode: 0, stderr: '', stdout: 'work\nresults\n' });
    const work = join(run.folder, 'work');
    const asRoot = contain(['sh', '-c', TRY_TO_WRITE, 'sh', run.folder], { PATH: process.env.PATH ?? '' }, [work]);
    expect(await asRoot.ended).toMatchObject({ exitCode: 0, stdout: 'work\n' });
  });

  it('runs as a user without root, and its receipt says isolation none', async () => {
    const run = start({ command: ['who'], as: 'user' });
    expect(await run.ended).toMatchObject({ exitCode: 0, stderr: '', stdout: `${UID}\n`.repeat(5) });
    expect(results(run.folder).receipt).toMatchObject({ isolation: 'none' });
  });

  it('installs a pixi pack as the workload’s user, from the verified bytes', async () => {
    const stub = [
      '#!/bin/sh',
      'test "$1" = --version && { echo pixi-unpack 0; exit 0; }',
      'mkdir "$2/env" && id -u > "$2/env/who" && sha256sum < /dev/fd/3 > "$2/env/digest"',
    ];
    const pack = tar([{ name: 'pixi-pack.json', content: '{}' }]);
    const command = ['sh', '-c', 'cat env/who env/digest; stat -c %u env/who'];
    const run = start({ command, archive: pack, programs: { 'pixi-unpack': `${stub.join('\n')}\n` } });
    const ran = await run.ended;
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(ran.stdout).toBe(`${UID}\n${digestOf(pack).slice('sha256:'.length)}  -\n${UID}\n`);
  });

  it('refuses a workload’s user if it starts without root', async () => {
    const run = start({ command: ['who'], as: 'user', args: ['--workload-uid', '1'] });
    const ran = await run.ended;
    expect(ran).toMatchObject({ exitCode: 64, stdout: '' });
    expect(errorOf(ran.stderr)).toMatchObject({ code: 'USAGE', message: expect.stringContaining('starts as root') });
  });

  it('keeps the workload from signalling, tracing, reading and changing the entrypoint', async () => {
    const run = start({ command: ['attack'], env: { RESULTS_UPLOAD_URL: 'file:///s3cret' } });
    const ran = await run.ended;
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'done\n', stderr: '' });
    expect(results(run.folder).receipt).toMatchObject({ exitCode: 0, signal: null, digest: digestOf(environment) });
  });

  it('reports isolation none if the workload can read the entrypoint', async () => {
    const run = start({ command: ['sh', '-c', 'head -c 1 /proc/$PPID/environ >/dev/null && echo open'], as: 'user' });
    expect(await run.ended).toMatchObject({ exitCode: 0, stdout: 'open\n' });
    expect(results(run.folder).receipt).toMatchObject({ isolation: 'none' });
  });

  it.each([[['--disable-sigusr1']], [[]]])('opens no debugger at SIGUSR1 with Node’s flags %j', async (nodeFlags) => {
    const run = start({ command: ['sh', '-c', 'kill -USR1 $PPID; sleep 0.3; exit 3'], as: 'user', nodeFlags });
    expect(await run.ended).toMatchObject({ exitCode: 3, stderr: '' });
  });

  it.each(['root', 'user'] as const)('leaves no zombie of ten orphans, started as %s', async (as) => {
    expect(await start({ command: ['orphans'], as }).ended).toMatchObject({ exitCode: 0, stdout: '0\n', stderr: '' });
  });

  it.each([
    ['behind an init, with a user for the workload', 'root', true],
    ['behind an init, as one user', 'user', true],
    ['as PID 1 itself', 'root', false],
  ] as const)(
    'ends a detached process that ignores TERM before it archives the results, %s',
    async (_how, as, init) => {
      const run = start({ command: ['leaver'], as, init });
      expect(await run.ended).toMatchObject({ exitCode: 5, stderr: '' });
      const { names, text } = results(run.folder);
      expect(names).toEqual(['pincast-receipt.json', 'log', 'other']);
      for (const name of ['log', 'other'])
        expect(text(name)).toBe(readFileSync(join(run.folder, 'results', name), 'utf8'));
    },
  );

  it.each([true, false])(
    'forwards TERM to the workload and still archives the results, behind an init: %s',
    async (init) => {
      const run = start({ command: ['polite'], init });
      await vi.waitFor(() => expect(run.stdout()).toContain('ready'), { timeout: 15_000 });
      run.kill('SIGTERM');
      expect(await run.ended).toMatchObject({ exitCode: 6, stdout: 'ready\ngot TERM\n' });
      expect(results(run.folder).receipt).toMatchObject({ exitCode: 6 });
    },
  );

  it('kills a workload that ignores TERM within 9 s, and still archives the results', async () => {
    const run = start({ command: ['deaf'] });
    await vi.waitFor(() => expect(run.stdout()).toContain('ready'), { timeout: 15_000 });
    const begun = performance.now();
    run.kill('SIGTERM');
    expect((await run.ended).exitCode).toBe(137);
    expect(performance.now() - begun).toBeLessThan(9_000);
    expect(results(run.folder).receipt).toMatchObject({ exitCode: 137, signal: 'SIGKILL' });
  });

  it.each([
    ['results', 'root'],
    ['results', 'user'],
    ['results/inner', 'root'],
    ['results/inner', 'user'],
  ] as const)('exits 74 if the workload made %s unreadable, started as %s', async (folder, as) => {
    const run = start({ command: ['sh', '-c', `mkdir -p ../${folder}; chmod 0 ../${folder}; exit 0`], as });
    const ran = await run.ended;
    expect(ran.exitCode).toBe(74);
    expect(errorOf(ran.stderr)).toMatchObject({ code: 'RESULTS_REFUSED', errno: 'EACCES' });
    expect(readdirSync(join(run.folder, 'upload'))).toEqual([]);
  });

  it('leaves neither an environment nor results of bytes with another digest', async () => {
    const run = start({ command: ['who'], args: ['--environment-tar-digest', `sha256:${'0'.repeat(64)}`] });
    expect((await run.ended).exitCode).toBe(65);
    expect(execFileSync('find', [run.folder, '-mindepth', '2'], { encoding: 'utf8' })).toBe('');
  });
});
