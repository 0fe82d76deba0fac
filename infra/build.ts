import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { bundleFunction, bundleSandbox, FRAMEWORK } from './build/bundle.ts';
import { deployedLock, deployedPackage } from './build/deployed-package.ts';
import { imageParts } from './build/image-parts.ts';
import { bundledPackages, closureOf, type LockedPackages } from './build/locked-packages.ts';
import { billOfMaterials } from './build/software-bill.ts';
import { functionFiles } from './contract/function-env.ts';

/**
 * `npm run build`: bundles what is deployed into `dist/`, or into the directory of the first argument.
 *
 * `sandbox/pincast-sandbox.mjs` needs only Node. Each `functions/<name>/` is the source of one Cloud Run function: a bundle,
 * and the package.json and lock file by which the buildpack installs functions-framework, which must stay outside the bundle
 * because a function registers with the copy that serves it. `sbom/` holds a CycloneDX bill of materials for each.
 *
 * The bundles keep no compile cache: an instance starts with a new file system, and code that V8 compiled is valid only for
 * the exact Node that wrote it, which Google chooses.
 */
const DIST = process.argv[2] ?? 'dist';
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: LockedPackages };

await rm(DIST, { recursive: true, force: true });
await mkdir(`${DIST}/sbom`, { recursive: true });
await Promise.all([buildSandbox(), ...Object.values(functionFiles).map(buildFunction)]);

async function buildSandbox(): Promise<void> {
  const bundle = await bundleSandbox(`${DIST}/sandbox/pincast-sandbox.mjs`);
  const parts = imageParts(readFileSync('infra/sandbox/Dockerfile', 'utf8'));
  await writeJson('sbom/pincast-sandbox.cdx.json', billOfMaterials(bundle, bundledPackages(bundle, packages), parts));
}

async function buildFunction(name: string): Promise<void> {
  const bundle = await bundleFunction(name, `${DIST}/functions/${name}/index.mjs`);
  const installed = closureOf(FRAMEWORK, packages);
  await writeJson(`functions/${name}/package.json`, deployedPackage(name));
  await writeJson(`functions/${name}/package-lock.json`, deployedLock(name, installed));
  const all = new Map([...installed, ...bundledPackages(bundle, packages)]);
  await writeJson(`sbom/${name}.cdx.json`, billOfMaterials(bundle, all));
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(`${DIST}/${path}`, `${JSON.stringify(value, null, 2)}\n`);
}
