import { cleanName } from './entry-name.ts';
import { ArchiveError } from './errors.ts';
import { resolveLinks } from './links.ts';
import type { TarEntry } from './tar/entry.ts';

/** The action on disk for one entry. `parents` are the directories to make before, outermost first. */
export type Placement =
  | { kind: 'root' }
  | { kind: 'directory'; path: string; parents: readonly string[]; exists: boolean }
  | { kind: 'file'; path: string; parents: readonly string[] }
  | { kind: 'symlink'; path: string; parents: readonly string[]; target: string }
  | { kind: 'hardlink'; path: string; parents: readonly string[]; existing: string };

const MAX_ENTRIES = 1_000_000;
/** Attack: the names of directories and links are kept until the end and could fill the memory. */
const MAX_REMEMBERED_CHARACTERS = 32 * 1024 * 1024;
const NONE: readonly string[] = [];

/**
 * The directories and links of an archive, which decide whether its entries are safe to write.
 *
 * Every parent of an entry is a directory that this tree made, never a link. `finish` checks link targets at the end,
 * because a later link can change where an earlier one leads. Files are not kept: the disk shows which names are taken,
 * and a repeated file replaces the earlier one.
 */
export class Tree {
  readonly #directories = new Set<string>();
  readonly #links = new Map<string, string>();
  #entries = 0;
  #remembered = 0;
  #lastParent = '';

  get entries(): number {
    return this.#entries;
  }

  /** @throws ArchiveError */
  place(entry: TarEntry): Placement {
    this.#count();
    const path = cleanName(entry.name);
    if (path === '') return this.#placeRoot(entry);
    if (this.#links.has(path))
      throw new ArchiveError('DUPLICATE', 'an entry has the name of a link before it', entry.name);
    const parents = this.#parentsOf(path, entry.name);
    switch (entry.type) {
      case 'directory':
        return { kind: 'directory', path, parents, exists: !this.#addDirectory(path) };
      case 'file':
        return { kind: 'file', path, parents };
      case 'symlink':
        return this.#placeSymlink(path, parents, entry.target, entry.name);
      case 'hardlink':
        return this.#placeHardlink(path, parents, entry);
    }
  }

  /** @throws ArchiveError LEAVES_FOLDER if a link leads out, itself or through others. */
  finish(): void {
    resolveLinks(this.#links);
  }

  #placeRoot(entry: TarEntry): Placement {
    if (entry.type === 'directory') return { kind: 'root' };
    throw new ArchiveError('BAD_NAME', `a ${entry.type} has the environment’s own name`, entry.name);
  }

  #placeSymlink(path: string, parents: readonly string[], target: string, name: string): Placement {
    if (target === '' || target.includes('\0') || target.includes('\ufffd') || target.length > 4_000) {
      throw new ArchiveError('BAD_LINK', 'a link has no proper target', name);
    }
    if (target.startsWith('/')) throw new ArchiveError('LEAVES_FOLDER', `a link points to ${target}`, name);
    this.#refuseDirectory(path, name);
    this.#links.set(path, target);
    this.#remember(path.length + target.length);
    return { kind: 'symlink', path, parents, target };
  }

  /**
   * A second name for an earlier file. A second name for a link becomes a link with the same target, which is checked from
   * its own directory, because a relative target may lead elsewhere from there.
   */
  #placeHardlink(path: string, parents: readonly string[], { name, target }: TarEntry): Placement {
    const existing = cleanName(target);
    const pointsTo = this.#links.get(existing);
    if (pointsTo !== undefined) return this.#placeSymlink(path, parents, pointsTo, name);
    const parent = parentOf(existing);
    if (existing === '' || this.#directories.has(existing) || (parent !== '' && !this.#directories.has(parent))) {
      throw new ArchiveError(
        'BAD_LINK',
        `a hard link points to ${JSON.stringify(target)}, which is no file before it`,
        name,
      );
    }
    return { kind: 'hardlink', path, parents, existing };
  }

  #parentsOf(path: string, name: string): readonly string[] {
    const parent = parentOf(path);
    if (parent === this.#lastParent || this.#directories.has(parent)) return NONE;
    const missing: string[] = [];
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const directory = path.slice(0, slash);
      if (this.#links.has(directory)) throw new ArchiveError('THROUGH_LINK', 'an entry lies behind a link', name);
      if (this.#addDirectory(directory)) missing.push(directory);
    }
    this.#lastParent = parent;
    if (missing.length > 1) this.#count(missing.length - 1);
    return missing;
  }

  #addDirectory(path: string): boolean {
    if (this.#directories.has(path)) return false;
    this.#directories.add(path);
    this.#remember(path.length);
    return true;
  }

  #refuseDirectory(path: string, name: string): void {
    if (this.#directories.has(path)) throw new ArchiveError('DUPLICATE', 'a link has the name of a directory', name);
  }

  #count(entries = 1): void {
    this.#entries += entries;
    if (this.#entries > MAX_ENTRIES) throw new ArchiveError('TOO_MANY_ENTRIES', `more than ${MAX_ENTRIES} entries`);
  }

  #remember(characters: number): void {
    this.#remembered += characters;
    if (this.#remembered > MAX_REMEMBERED_CHARACTERS) {
      throw new ArchiveError(
        'TOO_MANY_ENTRIES',
        'the names of the archive’s directories and links are too long together',
      );
    }
  }
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}
