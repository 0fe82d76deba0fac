import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { ArchiveError } from '../../core/sandbox/archive/errors.ts';
import { resolveLinks } from '../../core/sandbox/archive/links.ts';
import type { WrittenEntry } from '../../core/sandbox/archive/tar/writer.ts';
import { archiveDetails, SandboxError } from '../../core/sandbox/errors.ts';
import { RESULTS_RECEIPT } from '../../core/sandbox/receipts.ts';

/**
 * The entries of a results directory, each directory before its content. Attack: only regular files, directories and links
 * that stay inside are accepted, so that the archive is safe to extract.
 *
 * @throws SandboxError RESULTS_REFUSED with the entry's name
 */
export function readResultsDirectory(directory: string): WrittenEntry[] {
  const entries = [...walk(directory, '')];
  const links = entries.filter(({ type }) => type === 'symlink');
  try {
    resolveLinks(new Map(links.map(({ name, target }) => [name, target])));
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new SandboxError(
      'RESULTS_REFUSED',
      `the results hold a link that leads out: ${error.message}`,
      archiveDetails(error),
    );
  }
  return entries;
}

function* walk(directory: string, prefix: string): Generator<WrittenEntry> {
  for (const name of readdirSync(join(directory, prefix)).sort()) {
    const path = `${prefix}${name}`;
    // On a case-insensitive file system such a file would overwrite the receipt.
    if (path.toLowerCase() === RESULTS_RECEIPT) throw refused(path, 'a file with the name of the receipt');
    const entry = entryOf(directory, path);
    yield entry;
    if (entry.type === 'directory') yield* walk(directory, `${path}/`);
  }
}

function entryOf(directory: string, path: string): WrittenEntry {
  // Node replaces invalid bytes by U+FFFD, and no file has that name.
  if (path.includes('\ufffd')) throw refused(path, 'a name that is not UTF-8');
  const stat = lstatSync(join(directory, path));
  const common = { name: path, mode: stat.mode & 0o777, mtime: stat.mtimeMs / 1_000, target: '' };
  if (stat.isFile()) return { ...common, type: 'file', size: stat.size };
  if (stat.isDirectory()) return { ...common, type: 'directory', size: 0 };
  if (stat.isSymbolicLink()) return { ...common, type: 'symlink', size: 0, target: targetOf(directory, path) };
  throw refused(path, `${kindOf(stat)}, which no archive of results takes`);
}

function targetOf(directory: string, path: string): string {
  const target = readlinkSync(join(directory, path));
  if (target.startsWith('/')) throw refused(path, `a link to the absolute path ${target}`);
  return target;
}

function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return 'a FIFO';
  return stat.isSocket() ? 'a socket' : 'a device';
}

function refused(entry: string, what: string): SandboxError {
  return new SandboxError('RESULTS_REFUSED', `the results hold ${what}: ${JSON.stringify(entry)}`, { entry });
}
