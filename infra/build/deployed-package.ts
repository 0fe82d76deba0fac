import packageJson from '../../package.json' with { type: 'json' };
import { FRAMEWORK } from './bundle.ts';
import type { PackageSet } from './locked-packages.ts';

/** The package.json of a function: it installs the framework at the tested version. */
export function deployedPackage(name: string) {
  const { version, license, engines, dependencies } = packageJson;
  return {
    name: `pincast-${name}`,
    version,
    license,
    private: true,
    type: 'module',
    main: 'index.mjs',
    engines,
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
}

/** The lock file beside it: the framework's own dependencies at the tested versions and hashes, too. */
export function deployedLock(name: string, installed: PackageSet) {
  const { version, license, engines, dependencies } = deployedPackage(name);
  const root = { name: `pincast-${name}`, version, license, engines, dependencies };
  return {
    name: root.name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...Object.fromEntries(installed) },
  };
}
