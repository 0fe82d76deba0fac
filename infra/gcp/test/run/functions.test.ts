import type * as pulumi from '@pulumi/pulumi';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../../functions/core/config.ts';
import { type Deployed, deploy, ofType, resource } from '../fixtures/mocks.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

type Service = Record<string, unknown> & { environmentVariables: Record<string, string> };

let small: Deployed;
let odd: Deployed;

beforeAll(async () => {
  small = await deploy(buildStack());
  odd = await deploy(buildOddStack());
});

const inputsOf = (deployed: Deployed, file: string) =>
  resource(deployed, 'cloudfunctionsv2/function', `pincast-${file}`).inputs;
const serviceOf = (deployed: Deployed, file: string) => inputsOf(deployed, file).serviceConfig as Service;
const FILES = ['fan-out', 'recheck', 'receipt', 'status'];

describe('defineFunctions', () => {
  it.each([
    ['fan-out', 'fanOut'],
    ['recheck', 'recheck'],
    ['receipt', 'receipt'],
    ['status', 'status'],
  ])('builds %s on Node 24 from its own bundle, as the build account', async (file, entryPoint) => {
    const object = resource(small, 'storage/bucketObject', `${file}.zip`).inputs;

    expect(inputsOf(small, file).buildConfig).toEqual({
      runtime: 'nodejs24',
      entryPoint,
      serviceAccount: 'projects/acme-fleet/serviceAccounts/pincast-build@acme-fleet.iam.gserviceaccount.com',
      dockerRepository: 'projects/acme-fleet/locations/europe-west1/repositories/pincast-functions',
      source: { storageSource: { bucket: 'acme-fleet-pincast-source', object: `${file}.zip`, generation: 1 } },
    });
    expect(object.bucket).toBe('acme-fleet-pincast-source');
    expect(await (object.source as pulumi.asset.FileArchive).path).toBe(`../../dist/functions/${file}`);
  });

  it.each([
    [
      'fan-out',
      { availableMemory: '1Gi', maxInstanceRequestConcurrency: 1, maxInstanceCount: 10, timeoutSeconds: 540 },
    ],
    ['recheck', { availableMemory: '1Gi', maxInstanceRequestConcurrency: 1, maxInstanceCount: 5, timeoutSeconds: 540 }],
    [
      'receipt',
      { availableMemory: '512Mi', maxInstanceRequestConcurrency: 40, maxInstanceCount: 10, timeoutSeconds: 540 },
    ],
    [
      'status',
      { availableMemory: '512Mi', maxInstanceRequestConcurrency: 20, maxInstanceCount: 5, timeoutSeconds: 60 },
    ],
  ])('bounds the instances, requests, memory and time of %s', (file, bounds) => {
    expect(serviceOf(small, file)).toMatchObject({ ...bounds, availableCpu: '1', minInstanceCount: 0 });
  });

  it.each(FILES)('deletes the old source of %s before it writes the new one under the same name', (file) => {
    expect(resource(small, 'storage/bucketObject', `${file}.zip`).deleteBeforeReplace).toBe(true);
  });

  it.each(['fan-out', 'recheck', 'receipt'])(
    'stops %s before Pub/Sub delivers again, and after it stops itself',
    (file) => {
      const { timeoutSeconds, environmentVariables } = serviceOf(small, file);

      expect(timeoutSeconds).toBeLessThan(600);
      expect(timeoutSeconds).toBeGreaterThan(readConfig(environmentVariables).functionSeconds);
    },
  );

  it('lets only internal calls reach the functions that Pub/Sub pushes to', () => {
    const ingress = (deployed: Deployed) => FILES.map((file) => serviceOf(deployed, file).ingressSettings);
    const internal = 'ALLOW_INTERNAL_ONLY';

    expect(ingress(small)).toEqual([internal, internal, internal, 'ALLOW_ALL']);
    expect(ingress(odd)).toEqual([internal, internal, internal, internal]);
  });

  it.each([
    ['fan-out', 'pincast-fan-out'],
    ['recheck', 'pincast-recheck'],
    ['receipt', 'pincast-receipt'],
    ['status', 'pincast-status'],
  ])('runs %s as its own account', (file, account) => {
    const { serviceAccountEmail } = serviceOf(small, file);

    expect(serviceAccountEmail).toBe(`${account}@acme-fleet.iam.gserviceaccount.com`);
  });

  it.each(FILES)('gives %s a configuration that the code accepts, and the buckets that the stack makes', (file) => {
    const { environmentVariables } = serviceOf(small, file);
    const { project, buckets, endpoints, maxEnvironmentBytes } = readConfig(environmentVariables);
    const made = ofType(small, 'storage/bucket').map(({ inputs }) => inputs.name);

    expect(environmentVariables.NODE_ENV).toBe('production');
    expect({ project, endpoints, maxEnvironmentBytes }).toEqual({
      project: 'acme-fleet',
      endpoints: {},
      maxEnvironmentBytes: 2_147_483_648,
    });
    expect([...Object.values(buckets).flat(), 'acme-fleet-pincast-source'].sort()).toEqual(made.sort());
  });

  it('waits with a function for the grants that its build needs, and for no tenant’s', () => {
    const { dependsOn } = resource(small, 'cloudfunctionsv2/function', 'pincast-fan-out');
    const grants = dependsOn.filter((name) => name.startsWith('grant/'));

    expect(grants).toHaveLength(3);
    for (const grant of grants) expect(grant).toMatch(/pincast-build@acme-fleet\.iam\.gserviceaccount\.com$/);
  });

  it('passes on existing buckets of environments and raised quotas', () => {
    const config = readConfig(serviceOf(odd, 'fan-out').environmentVariables);

    expect(config.buckets.environments).toEqual(['acme-pc-environments', 'acme-shared-environments']);
    expect(config).toMatchObject({ runsPerMinute: 600, maxRunning: 5_000, maxEnvironmentBytes: 3_221_225_472 });
  });
});

describe('defineRepository', () => {
  it('keeps the images of the functions in a repository of their own', () => {
    expect(resource(small, 'artifactregistry/repository', 'repository/functions').inputs).toMatchObject({
      project: 'acme-fleet',
      location: 'europe-west1',
      repositoryId: 'pincast-functions',
      format: 'DOCKER',
    });
  });

  it('deletes images after 30 days, and none of the five newest of a function', () => {
    expect(resource(small, 'artifactregistry/repository', 'repository/functions').inputs).toMatchObject({
      cleanupPolicyDryRun: false,
      cleanupPolicies: [
        { id: 'keep-newest', action: 'KEEP', mostRecentVersions: { keepCount: 5 } },
        { id: 'delete-old', action: 'DELETE', condition: { tagState: 'ANY', olderThan: '2592000s' } },
      ],
    });
  });
});
