import type * as pulumi from '@pulumi/pulumi';
import { describe, expect, it } from 'vitest';
import { deploy, ofType } from '../fixtures/mocks.ts';
import { parseTenantOf } from '../fixtures/registrations.ts';
import { buildOddStack, buildStack } from '../fixtures/stacks.ts';

const resolved = (output: pulumi.Output<string>) => new Promise((resolve) => output.apply(resolve));

describe('defineStack', () => {
  it('deploys a control plane that has no tenants yet', async () => {
    const deployed = await deploy(buildStack({ tenants: [], jobs: {} }));

    expect(ofType(deployed, 'cloudfunctionsv2/function')).toHaveLength(4);
    expect(ofType(deployed, 'cloudrunv2/job')).toEqual([]);
    expect(deployed.outputs.tenants).toBe(0);
  });

  it('registers tenants whose jobs all exist, and makes no job and no account for them', async () => {
    const tenants = ['acme', 'globex'].map((tenant) => ({
      runtime: 'codex',
      tenant,
      job: 'existing',
      serviceAccount: `${tenant}@acme-fleet.iam.gserviceaccount.com`,
    }));
    const deployed = await deploy(buildStack({ tenants, jobs: {} }));

    expect(ofType(deployed, 'cloudrunv2/job')).toEqual([]);
    expect(ofType(deployed, 'serviceaccount/account')).toHaveLength(6);
    expect(parseTenantOf(deployed, 'codex', 'globex').job).toBe(
      'projects/acme-fleet/locations/europe-west1/jobs/codex-globex',
    );
  });

  it('spreads a fleet over 20 projects, with one grant to list executions in each', async () => {
    const regions = ['europe-west1', 'us-east1', 'asia-northeast1'];
    const tenants = Array.from({ length: 60 }, (_, index) => ({
      runtime: 'codex',
      tenant: `tenant-${index}`,
      project: `fleet-project-${index % 20}`,
      region: regions[index % 3],
    }));
    const deployed = await deploy(buildStack({ tenants }));
    const places = ofType(deployed, 'cloudrunv2/job').map(({ inputs }) => `${inputs.project} ${inputs.location}`);
    const listers = ofType(deployed, 'projects/iAMMember').filter(({ inputs }) =>
      String(inputs.role).endsWith('/pincastExecutionLister'),
    );

    expect(new Set(places).size).toBe(60);
    expect(new Set(listers.map(({ inputs }) => inputs.project)).size).toBe(20);
    expect(listers).toHaveLength(20);
  });

  it('names the project of every resource, so that no default of the machine decides', async () => {
    const { resources } = await deploy(buildOddStack());
    const own = ['project', 'bucket', 'serviceAccountId', 'group'];
    const homeless = resources.filter(({ inputs }) => own.every((field) => inputs[field] === undefined));

    expect(homeless.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  it('gives every resource a name of its own', async () => {
    const { resources } = await deploy(buildOddStack());

    expect(new Set(resources.map(({ type, name }) => `${type} ${name}`)).size).toBe(resources.length);
  });

  it('returns the buckets and the address of the status', async () => {
    const { outputs } = await deploy(buildStack());

    expect(outputs).toMatchObject({ tenants: 2, buckets: { pins: 'acme-fleet-pincast-pins' } });
    expect(await resolved(outputs.statusUrl)).toBe('https://pincast-status-hash.a.run.app');
  });
});
