import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build as bundle } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageParts } from '../../infra/build/image-parts.ts';
import { closureOf } from '../../infra/build/locked-packages.ts';
import { functionFiles } from '../../infra/contract/function-env.ts';
import { inRepository, repositoryRoot } from '../../infra/local/repository.ts';
import { type Built, build } from '../fixtures/built.ts';

type Component = {
  'bom-ref': string;
  type: string;
  name: string;
  version: string;
  purl: string;
  licenses: { expression: string }[];
  hashes: { alg: string; content: string }[];
};
type Bill = { specVersion: string; metadata: { component: Component }; components: Component[] };

const FRAMEWORK = '@google-cloud/functions-framework';
const functions = Object.values(functionFiles);
const bundles: [name: string, entry: string, file: string][] = [
  ['pincast-sandbox', 'sandbox', 'sandbox/pincast-sandbox.mjs'],
  ...functions.map((name): [string, string, string] => [name, name, `functions/${name}/index.mjs`]),
];

describe('the bill of materials', () => {
  let built: Built;
  beforeAll(async () => {
    built = await build();
  });
  afterAll(() => built.remove());
  const billOf = (name: string): Bill => JSON.parse(readFileSync(join(built.dist, `sbom/${name}.cdx.json`), 'utf8'));
  const packagesIn = (bill: Bill) => bill.components.filter(({ type }) => type === 'library');

  it('has one file for each bundle', () => {
    expect(readdirSync(join(built.dist, 'sbom')).sort()).toEqual(bundles.map(([name]) => `${name}.cdx.json`).sort());
  });

  it.each(bundles)('names the installed packages in %s, all and no others', async (name, entry) => {
    const listed = packagesIn(billOf(name)).map((component) => component['bom-ref']);
    const isFunction = functions.includes(entry as never);
    const installed = isFunction ? frameworkPackages() : [];
    expect(new Set(listed)).toEqual(new Set([...installed, ...(await packagesOf(entry, isFunction))]));
    expect(new Set(listed).size).toBe(listed.length);
  });

  it.each(bundles)('gives %s’s packages the versions and licences that are installed, and their hashes', (name) => {
    for (const component of packagesIn(billOf(name))) {
      const manifest = JSON.parse(readFileSync(inRepository(`${component['bom-ref']}/package.json`), 'utf8'));
      expect(component).toMatchObject({ name: manifest.name, version: manifest.version });
      expect(component.licenses).toEqual([{ expression: manifest.license }]);
      expect(component.purl).toBe(`pkg:npm/${manifest.name.replace('@', '%40')}@${manifest.version}`);
      expect(component.hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    }
  });

  it.each(bundles)('carries the sha256 of the bundle %s', (name, _entry, file) => {
    const content = createHash('sha256')
      .update(readFileSync(join(built.dist, file)))
      .digest('hex');
    expect(billOf(name).metadata.component.hashes).toEqual([{ alg: 'SHA-256', content }]);
  });

  it('names the image’s base, Node, tini and pixi-unpack by the digests of the Dockerfile', () => {
    const parts = billOf('pincast-sandbox').components.filter(({ type }) => type !== 'library');
    expect(parts.map(({ type, name, version }) => [type, name, version])).toEqual([
      ['container', 'node', '24.21.0-bookworm-slim'],
      ['application', 'Node.js', '24.21.0'],
      ['application', 'tini-static-amd64', '0.19.0'],
      ['application', 'pixi-unpack-x86_64-unknown-linux-musl', '0.7.11'],
    ]);
    const dockerfile = readFileSync(inRepository('infra/sandbox/Dockerfile'), 'utf8');
    const digests = new Set(dockerfile.match(/(?<=sha256:)[0-9a-f]{64}/g));
    expect(new Set(parts.flatMap(({ hashes }) => hashes.map(({ content }) => content)))).toEqual(digests);
  });

  it('comes out the same, byte for byte, of a second build', async () => {
    const again = await build();
    try {
      for (const [name] of bundles) {
        const [first, second] = [built, again].map(({ dist }) =>
          readFileSync(join(dist, `sbom/${name}.cdx.json`), 'utf8'),
        );
        expect(second).toBe(first);
      }
    } finally {
      again.remove();
    }
  });
});

describe('closureOf', () => {
  it('takes the nearest installed version of a dependency', () => {
    const locked = (dependencies = {}) => ({ integrity: 'sha512-AA==', dependencies });
    const packages = {
      'node_modules/a': locked({ b: '1', c: '1' }),
      'node_modules/a/node_modules/b': locked({ c: '1' }),
      'node_modules/b': locked(),
      'node_modules/c': locked({ a: '1' }),
    };
    expect([...closureOf('a', packages).keys()]).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ]);
  });

  it('refuses a dependency that the lock file lacks', () => {
    const packages = { 'node_modules/a': { integrity: 'sha512-AA==', dependencies: { b: '1' } } };
    expect(() => closureOf('a', packages)).toThrow('package-lock.json has no b, which node_modules/a depends on');
  });
});

describe('imageParts', () => {
  const dockerfile = readFileSync(join(repositoryRoot, 'infra/sandbox/Dockerfile'), 'utf8');

  it.each([
    ['a base image by its tag', dockerfile.replace(/@sha256:\w+/, '')],
    ['a download without a checksum', dockerfile.replace(/--checksum=\S+ /, '')],
    ['another download', `${dockerfile}\nADD https://example.com/tool /usr/local/bin/tool\n`],
    ['a second stage by its tag', `FROM node:24\n${dockerfile}`],
  ])('refuses %s', (_what, text) => {
    expect(text).not.toBe(dockerfile);
    expect(() => imageParts(text)).toThrow('each must name its content by a sha256 digest');
  });
});

/** The packages that esbuild resolves below an entry, by the directories of their files. */
async function packagesOf(entry: string, isFunction: boolean): Promise<string[]> {
  const { metafile } = await bundle({
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'esm', minifySyntax: true },
    ...{ write: false, metafile: true, logLevel: 'silent', absWorkingDir: repositoryRoot, outfile: 'out.mjs' },
    entryPoints: [`functions/${entry}.ts`],
    external: isFunction ? [FRAMEWORK] : [],
  });
  const files = Object.entries(metafile.outputs['out.mjs']?.inputs ?? {}).filter(
    ([, input]) => input.bytesInOutput > 0,
  );
  return files.map(([file]) => packageDirectory(file)).filter((directory) => directory !== undefined);
}

function packageDirectory(file: string): string | undefined {
  for (let directory = dirname(file); directory !== '.'; directory = dirname(directory)) {
    if (/node_modules\/(@[^/]+\/)?[^/]+$/.test(directory)) return directory;
  }
  return undefined;
}

function frameworkPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(inRepository('package-lock.json'), 'utf8'));
  return [...closureOf(FRAMEWORK, packages).keys()];
}
