import type { Bundle } from './bundle.ts';

/** An entry of package-lock.json; the root's and a workspace's have no integrity. */
export type LockedPackage = {
  version?: string;
  /** `sha512-` and base64: the hash of the package's tarball. */
  integrity?: string;
  license?: string;
  dependencies?: Readonly<Record<string, string>>;
  optionalDependencies?: Readonly<Record<string, string>>;
};

/** By path from the root: `node_modules/a`, or `node_modules/a/node_modules/b` beside another version of b. */
export type LockedPackages = Readonly<Record<string, LockedPackage>>;

/** Packages by path, in the lock file's order. */
export type PackageSet = ReadonlyMap<string, LockedPackage>;

const FOLDER = 'node_modules/';
const OWNER = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/** The packages of which a bundle contains code. @throws Error if a file belongs to a package that is not locked */
export function bundledPackages({ inputs }: Bundle, packages: LockedPackages): PackageSet {
  const paths = inputs.map((input) => OWNER.exec(input)?.[1]).filter((path) => path !== undefined);
  return pick(new Set(paths), packages);
}

/** A package and all that it depends on, as npm would install it. @throws Error if a dependency is not locked */
export function closureOf(name: string, packages: LockedPackages): PackageSet {
  const found = new Set<string>();
  const waiting = [`${FOLDER}${name}`];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const from = path;
    const { dependencies = {} } = packages[path] ?? {};
    waiting.push(...Object.keys(dependencies).map((dependency) => resolve(dependency, from, packages)));
  }
  return pick(found, packages);
}

/** The name of a package by its path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(FOLDER) + FOLDER.length);
}

/** Node's rule: the nearest node_modules on the way up. */
function resolve(name: string, from: string, packages: LockedPackages): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(`/${FOLDER}`)))) {
    const path = folder === '' ? `${FOLDER}${name}` : `${folder}/${FOLDER}${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') throw new Error(`package-lock.json has no ${name}, which ${from} depends on; run npm install`);
  }
}

function pick(paths: ReadonlySet<string>, packages: LockedPackages): PackageSet {
  return new Map(
    [...paths].sort().map((path) => {
      const locked = packages[path];
      if (locked?.integrity === undefined)
        throw new Error(`package-lock.json has no integrity of ${path}; run npm install`);
      return [path, locked];
    }),
  );
}
