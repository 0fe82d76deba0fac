import { chmodSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { resolveLinks } from '../../core/sandbox/archive/links.ts';
import { type WalkedEntry, walkTree } from './walk-tree.ts';

/** Pause between two measurements; at least 4 times a measurement, so that the installer has the processor. */
const PAUSE_MS = 200;
const PAUSE_RATIO = 4;

/** A tree that an installer writes: its names in a directory, whose number grows while it runs. */
export type Installing = { directory: string; names: () => readonly string[]; maxBytes: number };

/**
 * Measures trees that another program writes, until the signal is aborted.
 *
 * @throws ArchiveError TOO_MANY_BYTES, TOO_MANY_ENTRIES, TOO_DEEP; the signal's reason
 */
export async function watchSizes(trees: readonly Installing[], signal: AbortSignal): Promise<never> {
  for (;;) {
    const start = performance.now();
    for (const tree of trees) await checkSize(tree);
    const pause = Math.max(PAUSE_MS, PAUSE_RATIO * (performance.now() - start));
    await sleep(pause, undefined, { signal });
  }
}

async function checkSize({ directory, names, maxBytes }: Installing): Promise<void> {
  const size = new TreeSize(maxBytes);
  for await (const entry of walkTree(directory, names())) size.add(entry);
}

/**
 * Checks an installed tree by the rules for unpacked archives: size, links, entry types. Removes set-id bits.
 *
 * Absolute links into the directory are accepted, because installers write its path into their files.
 *
 * @throws ArchiveError with the entry's name
 */
export async function checkInstalledTree({ directory, names, maxBytes }: Installing): Promise<void> {
  const size = new TreeSize(maxBytes);
  const roots = [directory, realpathSync(directory)];
  const links = new Map<string, string>();
  for await (const entry of walkTree(directory, names())) {
    const { path, stat } = entry;
    size.add(entry);
    if (stat.isSymbolicLink()) links.set(path, relativeTarget(path, readlinkSync(`${directory}/${path}`), roots));
    else if (!stat.isFile() && !stat.isDirectory()) {
      throw new ArchiveError('UNSUPPORTED_TYPE', 'the pack installs a device, a FIFO or a socket', path);
    } else if ((stat.mode & 0o7000) !== 0) chmodSync(`${directory}/${path}`, stat.mode & 0o777);
  }
  resolveLinks(links);
}

function relativeTarget(path: string, target: string, roots: readonly string[]): string {
  if (!target.startsWith('/')) return target;
  const root = roots.find((prefix) => target === prefix || target.startsWith(`${prefix}/`));
  if (root === undefined) throw new ArchiveError('LEAVES_FOLDER', `a link points to ${target}`, path);
  return `${'../'.repeat(path.split('/').length - 1)}.${target.slice(root.length)}`;
}

/** Bytes of files; a file with several names counts once. */
class TreeSize {
  readonly #maxBytes: number;
  readonly #shared = new Set<string>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add({ path, stat }: WalkedEntry): void {
    if (!stat.isFile() || (stat.nlink > 1 && this.#isCounted(`${stat.dev}:${stat.ino}`))) return;
    this.#bytes += stat.size;
    if (this.#bytes > this.#maxBytes) {
      throw new ArchiveError('TOO_MANY_BYTES', `the pack unpacks to more than ${this.#maxBytes} bytes`, path);
    }
  }

  #isCounted(inode: string): boolean {
    if (this.#shared.has(inode)) return true;
    this.#shared.add(inode);
    return false;
  }
}
