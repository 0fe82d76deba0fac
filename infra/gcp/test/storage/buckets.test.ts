import { beforeAll, describe, expect, it } from 'vitest';
import { grants } from '../../../contract/grants.ts';
import { deploymentOf } from '../../input/deployment.ts';
import { parseInput } from '../../input/parse.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

const DAY = 86_400;

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const bucket = (deployed: Deployed, name: string) => resource(deployed, 'storage/bucket', name).inputs;
const pincast = (name: string) => bucket(small, `acme-fleet-pincast-${name}`);

describe('defineBuckets', () => {
  it('makes the buckets of docs/architecture.md and one for the source of the functions', () => {
    const kinds = ['assignments', 'control', 'environments', 'pins', 'receipts', 'results', 'source'];

    expect(
      ofType(small, 'storage/bucket')
        .map(({ inputs }) => inputs.name)
        .sort(),
    ).toEqual(kinds.map((kind) => `acme-fleet-pincast-${kind}`));
  });

  it('closes every bucket to the public and to access lists of single objects', () => {
    for (const { inputs } of [...ofType(small, 'storage/bucket'), ...ofType(odd, 'storage/bucket')]) {
      expect(inputs).toMatchObject({
        uniformBucketLevelAccess: true,
        publicAccessPrevention: 'enforced',
        softDeletePolicy: { retentionDurationSeconds: 7 * DAY },
        forceDestroy: false,
      });
    }
  });

  it('protects every bucket but the source from pulumi destroy', () => {
    const unprotected = ofType(small, 'storage/bucket').filter(({ protect }) => !protect);

    expect(unprotected.map(({ inputs }) => inputs.name)).toEqual(['acme-fleet-pincast-source']);
  });

  it('retains what is created once, and keeps no versions beside the retention', () => {
    const unlocked = (days: number) => ({ retentionPeriod: String(days * DAY), isLocked: false });

    expect(pincast('pins')).toMatchObject({ retentionPolicy: unlocked(365), versioning: { enabled: false } });
    expect(pincast('receipts')).toMatchObject({ retentionPolicy: unlocked(30), versioning: { enabled: false } });
  });

  it.each(['assignments', 'control', 'environments', 'results', 'source'])(
    'keeps replaced versions of %s and retains nothing there',
    (name) => {
      expect(pincast(name)).toMatchObject({ versioning: { enabled: true } });
      expect(pincast(name)).not.toHaveProperty('retentionPolicy');
    },
  );

  it('expires receipts and results by age, and never ledger, assignments or environments', () => {
    const live = (name: string, days: number) => ({
      name: `acme-fleet-pincast-${name}`,
      rule: { action: { type: 'Delete' }, condition: { age: days, withState: 'LIVE' } },
    });
    const rules = ofType(small, 'storage/bucket').flatMap(({ inputs }) =>
      (inputs.lifecycleRules as { condition: { withState: string; matchesPrefixes?: string[] } }[])
        .filter(({ condition }) => condition.withState === 'LIVE' && condition.matchesPrefixes === undefined)
        .map((rule) => ({ name: inputs.name, rule })),
    );

    expect(rules).toEqual([live('receipts', 90), live('results', 365)]);
  });

  it('expires rejections and launch records, and nothing else of the control bucket', () => {
    expect(pincast('control').lifecycleRules).toEqual([
      {
        action: { type: 'Delete' },
        condition: { age: 90, withState: 'LIVE', matchesPrefixes: ['rejections/', 'rejections-by-time/', 'launches/'] },
      },
      { action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: 7, withState: 'ARCHIVED' } },
    ]);
  });

  it('keeps receipts and results as long as the input says', () => {
    expect(bucket(odd, 'acme-pc-receipts').lifecycleRules).toMatchObject([{ condition: { age: 400 } }]);
    expect(bucket(odd, 'acme-pc-results').lifecycleRules).toMatchObject([{ condition: { age: 30 } }, {}]);
  });

  it('puts buckets where the input says, else into the region, and makes no existing bucket', () => {
    expect(pincast('pins').location).toBe('europe-west1');
    expect(bucket(odd, 'acme-pc-pins').location).toBe('EU');
    expect(ofType(odd, 'storage/bucket').map(({ inputs }) => inputs.name)).not.toContain('acme-shared-environments');
  });
});

const folders = (deployed: Deployed, bucket: string) =>
  ofType(deployed, 'storage/managedFolder')
    .filter(({ inputs }) => inputs.bucket === bucket)
    .map(({ inputs }) => inputs.name)
    .sort();

describe('defineFolders', () => {
  it.each(['receipts', 'results'])('gives each tenant one folder of %s for all its runtimes', (kind) => {
    expect(folders(odd, `acme-pc-${kind}`)).toEqual(['acme/', 'globex/', 'initech/', 'umbrella/']);
  });

  it.each(['acme-pc-assignments', 'acme-pc-environments', 'acme-shared-environments'])(
    'gives each runtime a folder in %s',
    (bucket) => {
      expect(folders(odd, bucket)).toEqual(expect.arrayContaining(['atlas/', 'codex/']));
    },
  );

  it('makes every folder that a grant names', () => {
    const granted = grants(deploymentOf(parseInput(buildOddStack()))).flatMap(({ resource }) =>
      resource.kind === 'folder' ? [`${resource.bucket}/${resource.folder}`] : [],
    );
    const made = ofType(odd, 'storage/managedFolder').map(({ inputs }) => `${inputs.bucket}/${inputs.name}`);

    expect(made.sort()).toEqual([...new Set(granted)].sort());
  });

  it('leaves the objects where they are when a folder is removed', () => {
    expect(ofType(odd, 'storage/managedFolder').map(({ inputs }) => inputs.forceDestroy)).not.toContain(false);
  });
});
