import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError } from '#functions/core/sandbox/archive/errors.ts';
import { VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import { digestOfHex } from '#functions/core/values/digest.ts';
import { WorkDir } from '#functions/host/work-dir.ts';
import type { Made } from '../fixtures/archives/tar.ts';
import { Random } from './random.ts';
import { randomArchive } from './random-archive.ts';

const options = { env: {}, signal: new AbortController().signal, info: () => undefined };

/**
 * Makes the archive of a seed, unpacks it below `folder` and checks what must hold.
 *
 * @returns `unpacked`, or the reason of the refusal
 * @throws Error where anything else happened: another error, something left, something outside, another tree.
 */
export async function tryArchive(seed: number, folder: string): Promise<string> {
  const outside = join(folder, 'outside');
  const workDir = join(folder, 'work');
  mkdirSync(outside, { recursive: true });
  mkdirSync(workDir, { recursive: true });
  writeFileSync(join(outside, 'canary'), 'alive');
  const { bytes, tree } = randomArchive(new Random(seed), outside);
  const outcome = await unpack(bytes, workDir);
  if (tree !== null) demand(outcome === 'unpacked', `an honest archive was refused: ${outcome}`);
  demand(outcome === 'unpacked' || readdirSync(workDir).length === 0, 'a refusal left something in the work dir');
  demand(readdirSync(folder).sort().join() === 'outside,work', 'something lies beside the work dir');
  demand(readdirSync(outside).join() === 'canary', 'something was written outside');
  demand(readFileSync(join(outside, 'canary'), 'utf8') === 'alive', 'something outside was changed');
  if (outcome === 'unpacked') checkTree(join(workDir, 'env'), tree);
  rmSync(workDir, { recursive: true });
  return outcome;
}

async function unpack(bytes: Buffer, path: string): Promise<string> {
  const workDir = new WorkDir(path, options);
  try {
    const file = workDir.open();
    file.append(bytes);
    const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
    await workDir.unpack(VerifiedArchive.verify({ file, bytes: bytes.length, digest }, digest), { maxBytes: 2 ** 24 });
    workDir.commit();
    return 'unpacked';
  } catch (error) {
    if (error instanceof ArchiveError) return error.reason;
    throw error;
  } finally {
    workDir.cleanup();
  }
}

function checkTree(env: string, tree: readonly Made[] | null): void {
  const paths = [...pathsUnder(env, '')];
  for (const path of paths) {
    const stat = lstatSync(join(env, path));
    if (stat.isSymbolicLink()) demand(!walksOut(env, path, 0), `${path} leads out`);
    else demand(stat.isFile() || stat.isDirectory(), `${path} is neither file nor folder`);
    demand(stat.isSymbolicLink() || (stat.mode & 0o7000) === 0, `${path} has a set-id or sticky bit`);
  }
  if (tree !== null) checkEqual(env, paths, tree);
}

/** Through no link: `readdirSync` with `recursive` follows them, round and round where they lead up. */
function* pathsUnder(env: string, prefix: string): Generator<string> {
  for (const entry of readdirSync(join(env, prefix), { withFileTypes: true })) {
    yield `${prefix}${entry.name}`;
    if (entry.isDirectory()) yield* pathsUnder(env, `${prefix}${entry.name}/`);
  }
}

function checkEqual(env: string, paths: readonly string[], tree: readonly Made[]): void {
  const names = tree.map(({ name }) => name.replace(/\/$/, ''));
  demand([...paths].sort().join('|') === names.sort().join('|'), 'other names than in the archive');
  for (const made of tree) {
    const path = join(env, made.name);
    if (made.type === '2') demand(readlinkSync(path) === made.target, `${made.name} points elsewhere`);
    else if (made.type === '1') demand(lstatSync(path).ino === lstatSync(join(env, made.target ?? '')).ino, 'no link');
    else if (made.type !== '5') checkFile(path, made);
  }
}

function checkFile(path: string, { name, content = '', mode = 0o644 }: Made): void {
  const stat = lstatSync(path);
  demand((stat.mode & 0o777) === (mode & 0o777), `${name} has another mode`);
  demand(stat.mtimeMs === 1_700_000_000_000, `${name} has another time`);
  demand(readFileSync(path).equals(Buffer.from(content)), `${name} has other bytes`);
}

/** Whether a path leads out when the links on its way are followed, by what lies on disk, whatever the code under test says. */
function walksOut(env: string, path: string, hops: number): boolean {
  if (hops > 50) return true;
  const stack: string[] = [];
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  for (const [index, part] of parts.entries()) {
    if (part === '..') {
      if (stack.pop() === undefined) return true;
      continue;
    }
    stack.push(part);
    const inner = linkAt(join(env, ...stack));
    if (inner === undefined) continue;
    if (inner.startsWith('/')) return true;
    return walksOut(env, [...stack.slice(0, -1), inner, ...parts.slice(index + 1)].join('/'), hops + 1);
  }
  return false;
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
