import { lstatSync, opendirSync, type Stats } from 'node:fs';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import { clip } from '../../core/values/clip.ts';
import { YieldTimer } from '../files/yield-to-event-loop.ts';

const MAX_ENTRIES = 1_000_000;

/** `path` is relative to the walked directory. */
export type WalkedEntry = { path: string; stat: Stats };

/**
 * Walks the trees under `<directory>/<name>` without following links, and yields to the event loop.
 *
 * Another program may write there, so entries that have vanished are skipped.
 *
 * @throws ArchiveError TOO_MANY_ENTRIES, TOO_DEEP; SandboxError UNPACK_FAILED
 */
export async function* walkTree(directory: string, names: readonly string[]): AsyncGenerator<WalkedEntry> {
  const timer = new YieldTimer();
  const pending = [...names];
  for (let path = pending.pop(), count = 1; path !== undefined; path = pending.pop(), count++) {
    if (count > MAX_ENTRIES) throw new ArchiveError('TOO_MANY_ENTRIES', `more than ${MAX_ENTRIES} entries`);
    const stat = unlessGone(() => lstatSync(`${directory}/${path}`), path);
    if (stat === undefined) continue;
    yield { path, stat };
    if (stat.isDirectory()) for (const name of namesIn(directory, path)) pending.push(`${path}/${name}`);
    if (timer.isDue) await timer.yield();
  }
}

/** Reads name by name, because a directory may hold millions. */
function namesIn(directory: string, path: string): string[] {
  const names: string[] = [];
  const handle = unlessGone(() => opendirSync(`${directory}/${path}`), path);
  if (handle === undefined) return names;
  try {
    for (let entry = handle.readSync(); entry !== null && names.length <= MAX_ENTRIES; entry = handle.readSync()) {
      names.push(entry.name);
    }
  } finally {
    handle.closeSync();
  }
  return names;
}

function unlessGone<T>(read: () => T, path: string): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = 'unknown', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'ENAMETOOLONG') throw new ArchiveError('TOO_DEEP', 'a path is too long', clip(path, 200));
    throw new SandboxError('UNPACK_FAILED', `cannot read what was installed: ${message}`, { errno: code }, error);
  }
}
