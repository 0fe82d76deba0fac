import packageJson from '../../package.json' with { type: 'json' };
import type { Bundle } from './bundle.ts';
import type { ImagePart } from './image-parts.ts';
import { type LockedPackage, nameOf, type PackageSet } from './locked-packages.ts';

/**
 * A bill of materials: the packages of a bundle and, for the sandbox, the other parts of its image. It is a function of its
 * inputs, without a time or a random serial number, so that the same sources give the same bytes.
 *
 * Spec: CycloneDX 1.6, JSON.
 */
export function billOfMaterials(bundle: Bundle, packages: PackageSet, parts: readonly ImagePart[] = []) {
  const { version, license } = packageJson;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': `pincast/${bundle.name}`,
        name: bundle.name,
        version,
        licenses: licensesOf(license),
        hashes: [{ alg: 'SHA-256', content: bundle.sha256 }],
      },
    },
    components: [...parts.map(partComponent), ...[...packages].map(packageComponent)],
  };
}

function packageComponent([path, { version = '', license, integrity = '' }]: [string, LockedPackage]) {
  const name = nameOf(path);
  return {
    type: 'library',
    // Two copies of one version may be installed.
    'bom-ref': path,
    name,
    version,
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: licensesOf(license ?? 'NOASSERTION'),
    hashes: [{ alg: 'SHA-512', content: hexOf(integrity, path) }],
  };
}

function partComponent({ name, version, license, sha256, purl }: ImagePart) {
  const type = purl.startsWith('pkg:docker/') ? 'container' : 'application';
  const hashes = [{ alg: 'SHA-256', content: sha256 }];
  return { type, 'bom-ref': purl, name, version, purl, licenses: licensesOf(license), hashes };
}

/** npm's `license` is an SPDX expression, and CycloneDX takes one as it stands. */
function licensesOf(expression: string) {
  return [{ expression }];
}

function hexOf(integrity: string, path: string): string {
  const base64 = /^sha512-([A-Za-z0-9+/]+=*)$/.exec(integrity)?.[1];
  if (base64 === undefined) throw new Error(`expected a sha512 integrity of ${path}, got ${JSON.stringify(integrity)}`);
  return Buffer.from(base64, 'base64').toString('hex');
}
