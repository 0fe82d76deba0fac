import { globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

type Floor =
  | 'core'
  | 'ports'
  | 'host'
  | 'google'
  | 'flows'
  | 'entries'
  | 'infra'
  | 'emulators'
  | 'contract'
  | 'gcp'
  | 'local'
  | 'test'
  | 'data';

type Rule = {
  /** The floors below it, and itself. */
  floors: readonly (Floor | undefined)[];
  /** Packages, `node:` ones included. */
  packages: RegExp;
};

const NOTHING = /(?!)/;
/** Tests and the local deployment: every package, and `#functions/…`. */
const ANY = /./;
/** The emulators know nothing of Pincast: they take only packages that are not its own. */
const NOT_OWN = /^(?!@pincast\/|#|\?)/;
const NO_CLOUD = /^(?!@google-cloud\/|@grpc\/|@pincast\/|#|\?)/;
const RULES: Record<Floor, Rule> = {
  core: { floors: ['core'], packages: /^(valibot|js-yaml|node:crypto)$/ },
  ports: { floors: ['ports', 'core'], packages: NOTHING },
  flows: { floors: ['flows', 'ports', 'core'], packages: /^(p-map|valibot)$/ },
  host: { floors: ['host', 'ports', 'core'], packages: NO_CLOUD },
  google: { floors: ['google', 'host', 'ports', 'core'], packages: NOT_OWN },
  entries: { floors: ['data', 'entries', 'flows', 'google', 'host', 'ports', 'core'], packages: NO_CLOUD },
  infra: { floors: ['data', 'infra', 'contract'], packages: /^[^#]/ },
  contract: { floors: ['contract', 'core'], packages: /^(#functions\/|node:crypto$)/ },
  // Its own package: Node's subpath import `#functions/…` does not reach into it.
  gcp: { floors: ['gcp', 'contract', 'core'], packages: /^(?!@google-cloud\/|@pincast\/|#)/ },
  // `createRequire` reads the descriptors of the client packages; its specifier is not a literal argument.
  emulators: { floors: ['emulators'], packages: /^(?!@pincast\/|#)/ },
  local: {
    floors: ['data', 'local', 'contract', 'infra', 'entries', 'flows', 'google', 'host', 'ports', 'core'],
    packages: ANY,
  },
  data: { floors: [], packages: NOTHING },
  test: {
    floors: [
      'data',
      'test',
      'local',
      'contract',
      'emulators',
      'infra',
      'entries',
      'flows',
      'google',
      'host',
      'ports',
      'core',
    ],
    packages: ANY,
  },
};

const FOLDERS: [string, Floor][] = [
  ['functions/core/', 'core'],
  ['functions/ports/', 'ports'],
  ['functions/host/', 'host'],
  ['functions/google/', 'google'],
  ['functions/flows/', 'flows'],
  ['functions/cli/', 'entries'],
  ['functions/', 'entries'],
  ['infra/emulators/', 'emulators'],
  ['infra/contract/', 'contract'],
  ['infra/gcp/', 'gcp'],
  ['infra/local/', 'local'],
  ['infra/verify-cloud/', 'local'],
  ['infra/', 'infra'],
  ['test/', 'test'],
];

const FLAT_ENTRIES = /^functions\/([^/]+\.ts$|(core|ports|host|google|flows|cli)\/)/;

function floorOf(file: string): Floor | undefined {
  if (file.startsWith('functions/') && !FLAT_ENTRIES.test(file)) return undefined;
  return FOLDERS.find(([folder]) => file.startsWith(folder))?.[1];
}

/** The file that a specifier names; undefined for a package. `#functions/…` is package.json's subpath import. */
function fileOf(file: string, name: string): string | undefined {
  if (name.startsWith('#functions/')) return name.slice(1);
  return name.startsWith('.') ? posix.join(dirname(file), name) : undefined;
}

/** package.json is data that entries show and tools read. */
function isAllowed(file: string, name: string, { floors, packages }: Rule): boolean {
  const imported = fileOf(file, name);
  if (imported === undefined) return packages.test(name);
  if (name.startsWith('#') && !packages.test(name)) return false;
  return floors.includes(imported === 'package.json' ? 'data' : floorOf(imported));
}

const STATIC = /^\s*(?:import|export)\b[^;'"`]*?\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require|createRequire|getBuiltinModule)\s*\(\s*(?:(['"`])([^'"`$]+)\1)?/g;
/** A dynamic import whose module cannot be told: what runs in the cloud has none, since no rule could be checked. */
const UNKNOWN = '?';

/** What these take of Node computes and does nothing else: parsing a URL, a path or arguments; the numbers of signals. */
const PURE = new Set([
  'functions/core/sandbox/location.ts imports node:url',
  'functions/core/sandbox/options/parse.ts imports node:path',
  'functions/core/sandbox/options/arguments.ts imports node:util',
  'functions/flows/sandbox/run-workload.ts imports node:os',
]);

/** Every module that a source names, types included. */
function importsOf(source: string): string[] {
  return [
    ...[...source.matchAll(STATIC), ...source.matchAll(BARE)].map(([, name = '']) => name),
    ...[...source.matchAll(DYNAMIC)].map(([, , name = UNKNOWN]) => name),
  ];
}

function violations(file: string, source: string): string[] {
  const floor = floorOf(file);
  if (floor === undefined) return [`${file} stands on no floor`];
  return importsOf(source)
    .filter((name) => !isAllowed(file, name, RULES[floor]))
    .map((name) => `${file} imports ${name}`)
    .filter((violation) => !PURE.has(violation));
}

function sources(): string[] {
  return globSync('{functions,infra,test}/**/*.ts', {
    cwd: ROOT,
    exclude: (name) => /node_modules/.test(name),
  });
}

describe('imports between floors', () => {
  it('imports run down, from the entries to the core', () => {
    const files = sources().filter((file) => file !== 'test/architecture.test.ts');
    expect(files.length).toBeGreaterThan(100);
    expect(files.flatMap((file) => violations(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it.each([
    ['functions/core/a.ts', "import { b } from '../flows/b.ts';"],
    ['functions/core/a.ts', "import type { Clock } from '../ports/clock.ts';"],
    ['functions/core/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['functions/core/sandbox/a.ts', "export * from '../../host/b.ts';"],
    ['functions/core/a.ts', "import pMap from 'p-map';"],
    ['functions/ports/a.ts', "import { b } from '../google/b.ts';"],
    ['functions/ports/a.ts', "import * as v from 'valibot';"],
    ['functions/flows/a.ts', "import { b } from '../google/b.ts';"],
    ['functions/flows/sandbox/a.ts', "import {\n  type B,\n  c,\n} from '../../host/b.ts';"],
    ['functions/flows/a.ts', "import 'node:fs';"],
    ['functions/flows/a.ts', "const b = await import('../google/b.ts');"],
    ['functions/flows/a.ts', "const b = await import('@google-cloud/run');"],
    ['functions/flows/a.ts', 'const b = await import(name);'],
    ['functions/flows/a.ts', 'const b = await import(`../$' + '{name}.ts`);'],
    ['functions/flows/a.ts', "const b = require('node:fs');"],
    ['functions/flows/a.ts', "import { b } from '../fan-out.ts';"],
    ['functions/host/a.ts', "import { b } from '../google/b.ts';"],
    ['functions/host/a.ts', "import { b } from '../flows/b.ts';"],
    ['functions/host/a.ts', "import { Storage } from '@google-cloud/storage';"],
    ['functions/google/a.ts', "import { b } from '../flows/b.ts';"],
    ['functions/google/a.ts', "export { b } from '../cli/b.ts';"],
    ['functions/fan-out.ts', "import { PubSub } from '@google-cloud/pubsub';"],
    ['functions/cli/a.ts', "import { credentials } from '@grpc/grpc-js';"],
    ['functions/cli/a.ts', "import { start } from '../../infra/local/start.ts';"],
    ['functions/cli.ts', "void import('../infra/local/start.ts');"],
    ['functions/google/a.ts', "import { fakeCloud } from '../../test/fakes/fake-cloud.ts';"],
    ['functions/google/a.ts', "import { startRun } from '@pincast/emulators/run';"],
    ['infra/emulators/a.ts', "import { b } from '../../functions/core/b.ts';"],
    ['infra/emulators/run/a.ts', "import { b } from '../../local/b.ts';"],
    ['infra/emulators/a.ts', "import { b } from '#functions/core/b.ts';"],
    ['infra/local/a.ts', "import { b } from '../../test/fixtures/b.ts';"],
    ['infra/contract/a.ts', "import { b } from '../gcp/b.ts';"],
    ['infra/contract/a.ts', "import { b } from '#functions/google/b.ts';"],
    ['infra/contract/a.ts', "import { Storage } from '@google-cloud/storage';"],
    ['infra/gcp/a.ts', "import { b } from '#functions/core/b.ts';"],
    ['infra/gcp/a.ts', "import { b } from '../local/b.ts';"],
    ['infra/build.ts', "import { start } from './local/start.ts';"],
    ['functions/tools/a.ts', 'export const a = 1;'],
  ])('the rule refuses the import of %s: %j', (file, source) => {
    expect(violations(file, source)).toHaveLength(1);
  });

  it.each([
    ['functions/core/a.ts', "import * as v from 'valibot';\nimport { createHash } from 'node:crypto';"],
    [
      'functions/flows/sandbox/a.ts',
      "import pMap from 'p-map';\nimport { b } from '../b.ts';\nexport { c } from './c.ts';",
    ],
    [
      'functions/google/a.ts',
      "import { Storage } from '@google-cloud/storage';\nimport { log } from '../host/json-log.ts';",
    ],
    ['functions/fan-out.ts', "import { promote } from './flows/promote.ts';\nimport './google/message-function.ts';"],
    ['functions/cli.ts', "const run = await import('./cli/run.ts');"],
    [
      'infra/local/a.ts',
      "import { Server } from '@grpc/grpc-js';\nimport { names } from '../../functions/core/object-names.ts';",
    ],
    ['infra/contract/a.ts', "import { b } from '#functions/core/b.ts';"],
    ['infra/gcp/a.ts', "import * as gcp from '@pulumi/gcp';\nimport { b } from '../../functions/core/b.ts';"],
    ['test/a.test.ts', "import { startStorage } from '@pincast/emulators/storage';"],
  ])('the rule allows the imports of %s: %j', (file, source) => {
    expect(importsOf(source).length).toBeGreaterThan(0);
    expect(violations(file, source)).toEqual([]);
  });
});

/** The rooms of the other program, and the parts of both floors that serve it alone. */
const SANDBOX = /^functions\/(?:[a-z]+\/sandbox\/|host\/|ports\/sandbox\.ts$|sandbox\.ts$)/;
/** The control plane logs and keeps time with these two; the launch client orders a sandbox from a program. */
const SHARED = /^functions\/(?:host\/(?:clock|log)\.ts$|(?:core|flows)\/sandbox\/client\/)/;
/** What both programs may read. */
const COMMON =
  /^functions\/(?:core\/(?:values|records|messages)\/|core\/sandbox\/|ports\/(?:sandbox|system)\.ts$|google\/storage\/(?:client|errors|retry)\.ts$)/;

/** The CLI refuses a file that no sandbox could open, so it reads the beginning with the sandbox's own reader. */
const PREFLIGHT = 'functions/cli/promotion/inspect-archive.ts';

function breaksWall(file: string, imported: string): boolean {
  if (file === PREFLIGHT && /^functions\/core\/sandbox\/archive\//.test(imported)) return false;
  const isInside = SANDBOX.test(file) && !SHARED.test(file);
  const isImportInside = SANDBOX.test(imported) && !SHARED.test(imported);
  if (isInside) return !isImportInside && !SHARED.test(imported) && !COMMON.test(imported);
  return isImportInside;
}

function wallViolations(file: string, source: string): string[] {
  if (!file.startsWith('functions/') || SHARED.test(file)) return [];
  return importsOf(source)
    .flatMap((name) => fileOf(file, name) ?? [])
    .filter((imported) => imported.startsWith('functions/') && breaksWall(file, imported))
    .map((imported) => `${file} imports ${imported}`);
}

describe('the wall between control plane and sandbox', () => {
  it('lets neither program import the other', () => {
    const files = sources().filter((file) => file.startsWith('functions/'));
    expect(files.flatMap((file) => wallViolations(file, readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
  });

  it('the archive reader imports values only', () => {
    const files = globSync('functions/core/sandbox/archive/**/*.ts', { cwd: ROOT });
    const imports = files.flatMap((file) =>
      importsOf(readFileSync(join(ROOT, file), 'utf8')).flatMap((name) => fileOf(file, name) ?? []),
    );
    expect(imports.length).toBeGreaterThan(10);
    expect(imports.filter((file) => !/^functions\/core\/(sandbox\/archive|values)\//.test(file))).toEqual([]);
  });

  it.each([
    ['functions/core/rollout/a.ts', "import { b } from '../sandbox/errors.ts';"],
    ['functions/cli/promotion/inspect-archive.ts', "import { b } from '../../core/sandbox/errors.ts';"],
    ['functions/flows/launch/a.ts', "import { b } from '../sandbox/run.ts';"],
    ['functions/google/storage/a.ts', "import { b } from '../sandbox/storage.ts';"],
    ['functions/core/sandbox/a.ts', "import { b } from '../launch/claim.ts';"],
    ['functions/flows/sandbox/a.ts', "import { b } from '../adoption/collect-evidence.ts';"],
    ['functions/host/a.ts', "import type { b } from '../core/rollout/reconcile.ts';"],
    ['functions/google/sandbox/a.ts', "import type { b } from '../../ports/ledger.ts';"],
  ])('the wall refuses the import of %s: %j', (file, source) => {
    expect(wallViolations(file, source)).toHaveLength(1);
  });

  it.each([
    [
      'functions/core/sandbox/a.ts',
      "import { b } from '../values/digest.ts';\nimport { c } from '../records/receipt.ts';",
    ],
    ['functions/flows/sandbox/a.ts', "import { b } from '../../core/sandbox/errors.ts';"],
    ['functions/cli/a.ts', "import { b } from '../host/clock.ts';"],
    ['functions/launch-sandbox.ts', "import { b } from './core/sandbox/client/launch-request.ts';"],
  ])('the wall allows the imports of %s: %j', (file, source) => {
    expect(wallViolations(file, source)).toEqual([]);
  });
});

/** The files of one circle of imports; undefined where there is none. Types count. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of graph.get(file) ?? []) {
      const circle = visit(imported, [...path, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

describe('import circles', () => {
  it('files, and the rooms of core and flows, import each other in no circle', () => {
    const files = sources().filter((file) => /^(functions|infra)\//.test(file));
    const graph = new Map(
      files.map((file): [string, string[]] => {
        const names = importsOf(readFileSync(join(ROOT, file), 'utf8'));
        return [file, names.flatMap((name) => fileOf(file, name) ?? [])];
      }),
    );
    expect(circleIn(graph)).toBeUndefined();
    for (const floor of ['core', 'flows']) expect(circleIn(roomsOf(floor, graph))).toBeUndefined();
  });

  it('circleIn finds a circle', () => {
    expect(
      circleIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['b']],
        ]),
      ),
    ).toEqual(['b', 'c', 'b']);
  });
});

function roomsOf(floor: string, graph: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const roomOf = (file: string) => new RegExp(`^functions/${floor}/([^/]+)/`).exec(file)?.[1];
  const rooms = new Map<string, string[]>();
  for (const [file, imports] of graph) {
    const room = roomOf(file);
    if (room === undefined) continue;
    const others = imports.flatMap((imported) => roomOf(imported) ?? []).filter((other) => other !== room);
    rooms.set(room, [...(rooms.get(room) ?? []), ...others]);
  }
  return rooms;
}

describe('folders', () => {
  const DRAWER = /(^|\/)(utils?|helpers?|common|misc|shared|lib)(\/|\.ts$)/;

  it('directories are named for their content, never utils or helpers', () => {
    expect(sources().filter((file) => DRAWER.test(file))).toEqual([]);
    expect(
      ['functions/utils/a.ts', 'functions/core/helpers.ts', 'test/common/b.ts'].filter((f) => !DRAWER.test(f)),
    ).toEqual([]);
  });
});
