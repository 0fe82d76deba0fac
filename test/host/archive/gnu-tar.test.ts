import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tar } from '../../fixtures/archives/tar.ts';
import { temporaryFolder } from '../../fixtures/archives/temporary-folder.ts';
import { unpacking } from '../../fixtures/archives/unpacking.ts';
import { Random } from '../../fuzz/random.ts';
import { randomTree } from '../../fuzz/random-tree.ts';

/** What one can see of an unpacked tree: names, kinds, modes without set-id, times of files, content, where links point. */
function seen(folder: string): Record<string, unknown> {
  const paths = (readdirSync(folder, { recursive: true }) as string[]).sort();
  return Object.fromEntries(paths.map((path) => [path, describeEntry(join(folder, path))]));
}

function describeEntry(path: string): unknown {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return { link: readlinkSync(path) };
  const mode = (stat.mode & 0o777).toString(8);
  if (stat.isDirectory()) return { folder: mode };
  return {
    mode,
    seconds: Math.floor(stat.mtimeMs / 1_000),
    names: stat.nlink,
    content: readFileSync(path).toString('base64'),
  };
}

function gnuTar(args: string[], cwd: string, input?: Buffer): Buffer {
  return execFileSync('tar', args, { cwd, input, maxBuffer: 2 ** 28, stdio: ['pipe', 'pipe', 'ignore'] });
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

/** A random tree on disk, made by GNU tar from an archive that names it shortly enough. */
function treeOnDisk(seed: number): string {
  const folder = temporaryFolder();
  const entries = randomTree(new Random(seed)).filter(
    ({ name, target = '' }) => Buffer.byteLength(name) <= 100 && Buffer.byteLength(target) <= 100,
  );
  const known = new Set(entries.map(({ name }) => name));
  const whole = entries.filter(({ type, target = '' }) => type !== '1' || known.has(target));
  gnuTar(['xp', '--delay-directory-restore'], folder, tar(whole));
  return folder;
}

describe('unpack of archives that GNU tar wrote', () => {
  it.each(['gnu', 'oldgnu', 'pax', 'ustar'])('unpacks the %s format like GNU tar', async (format) => {
    for (let seed = 1; seed <= 12; seed++) {
      const source = treeOnDisk(seed * 31);
      const archive = gnuTar(['c', `--format=${format}`, '--sort=name', '.'], source);
      const theirs = mkdtempSync(join(temporaryFolder(), 'gnu-'));
      gnuTar(['xp'], theirs, archive);
      const ours = await unpacking(archive);
      expect(ours.error).toEqual({});
      expect(seen(ours.env)).toEqual(seen(theirs));
    }
  });

  it('unpacks an archive whose content a second thread copies like GNU tar', async () => {
    const source = temporaryFolder();
    const random = new Random(3);
    for (let index = 0; index < 1_000; index++) writeFileSync(join(source, `f${index}`), random.bytes(index * 20));
    linkSync(join(source, 'f999'), join(source, 'second-name'));
    const path = join(temporaryFolder(), 'large.tar');
    gnuTar(['cf', path, '.'], source);
    for (let index = 0; index < 1_000; index += 9) writeFileSync(join(source, `f${index}`), `replaced ${index}`);
    gnuTar(['rf', path, ...readdirSync(source).filter((_, index) => index % 3 === 0)], source);
    const theirs = temporaryFolder();
    gnuTar(['xpf', path], theirs);
    const archive = readFileSync(path);
    expect(archive.length).toBeGreaterThan(8 * 1024 * 1024);
    const ours = await unpacking(archive);
    expect(ours.error).toEqual({});
    expect(seen(ours.env)).toEqual(seen(theirs));
  });

  it.each(['--gzip', '--zstd'])('unpacks an archive made with %s like GNU tar', async (compression) => {
    const source = treeOnDisk(7);
    const archive = gnuTar(['c', compression, '.'], source);
    expect(seen((await unpacking(archive)).env)).toEqual(seen(source));
  });

  it.each([
    ['two streams after one another', ['sh', '-c', 'head -c 700 "$0" | zstd -qc && tail -c +701 "$0" | zstd -qc']],
    ['pzstd', ['sh', '-c', 'pzstd -qc -p 2 "$0"']],
  ])('unpacks an archive that %s compressed like GNU tar', async (_how, [program = '', ...args]) => {
    if (args[1]?.startsWith('pzstd') && !isInstalled('pzstd')) return;
    const source = treeOnDisk(11);
    writeFileSync(join(source, 'large'), Buffer.alloc(20_000_000, 'several frames of pzstd'));
    const path = join(temporaryFolder(), 'plain.tar');
    gnuTar(['cf', path, '.'], source);
    const archive = execFileSync(program, [...args, path], { maxBuffer: 2 ** 28 });
    const ours = await unpacking(archive);
    expect(ours.error).toEqual({});
    expect(seen(ours.env)).toEqual(seen(source));
  });

  it.each([
    ['again with other content', (source: string) => writeFileSync(join(source, 'b'), 'replaced')],
    [
      'again after it became shorter and changed its mode',
      (source: string) => {
        writeFileSync(join(source, 'b'), '');
        chmodSync(join(source, 'b'), 0o700);
      },
    ],
    ['unchanged', () => undefined],
  ])('unpacks an archive with a file appended %s like GNU tar', async (_how, change) => {
    const source = temporaryFolder();
    for (const name of ['a', 'b', 'c']) writeFileSync(join(source, name), `first ${name}`);
    linkSync(join(source, 'a'), join(source, 'second-name'));
    const path = join(temporaryFolder(), 'appended.tar');
    gnuTar(['cf', path, '.'], source);
    change(source);
    gnuTar(['rf', path, './b', './a'], source);
    const theirs = temporaryFolder();
    gnuTar(['xpf', path], theirs);
    const ours = await unpacking(readFileSync(path));
    expect(ours.error).toEqual({});
    expect(seen(ours.env)).toEqual(seen(theirs));
  });

  it('unpacks long names and targets like GNU tar, in both encodings', async () => {
    const source = temporaryFolder();
    const deep = Array.from({ length: 9 }, (_, index) => `${index}-${'n'.repeat(90)}`).join('/');
    mkdirSync(join(source, deep), { recursive: true });
    execFileSync('ln', ['-s', `./${'t'.repeat(180)}`, join(source, deep, 'link')]);
    execFileSync('cp', ['/bin/sh', join(source, deep, 'file')]);
    for (const format of ['gnu', 'pax']) {
      const ours = await unpacking(gnuTar(['c', `--format=${format}`, '.'], source));
      expect(seen(ours.env)).toEqual(seen(source));
    }
  });

  it('refuses an archive with a sparse file', async () => {
    const source = temporaryFolder();
    execFileSync('truncate', ['-s', '10M', join(source, 'hole')]);
    for (const format of ['gnu', 'pax']) {
      const ours = await unpacking(gnuTar(['c', '--sparse', `--format=${format}`, '.'], source));
      expect(ours).toMatchObject({ exitCode: 76, error: { reason: 'SPARSE', entry: './hole' }, workDir: [] });
    }
  });
});
