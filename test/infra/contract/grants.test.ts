import { describe, expect, it } from 'vitest';
import { type Grant, grants } from '../../../infra/contract/grants.ts';
import { resourceName } from '../../../infra/contract/policies.ts';
import { membersOf } from '../../../infra/contract/principals.ts';
import { type Role, roles } from '../../../infra/contract/roles.ts';
import { grantTable } from '../../../infra/contract/table.ts';
import { buildDeployedTenant, buildDeployment } from '../../fixtures/deployment.ts';

const deployment = buildDeployment();
const all = grants(deployment);
const storageGrants = all.filter(({ resource }) => resource.kind === 'bucket' || resource.kind === 'folder');

function permissionsOf({ role }: Grant): readonly string[] {
  return roles[role].permissions;
}

function grantsOf(kind: string): Grant[] {
  return all.filter(({ principal }) => principal.kind === kind);
}

function rows(granted: readonly Grant[]): string[] {
  return granted.map(({ role, resource }) => `${role} ${resourceName(resource)}`);
}

describe('grants', () => {
  it('gives a small deployment exactly the grants of the golden table', async () => {
    await expect(grantTable(deployment)).toMatchFileSnapshot('golden/grants.md');
  });

  it('grants nothing to everyone', () => {
    const members = all.flatMap(({ principal }) => membersOf(principal, deployment));

    expect(members.filter((member) => /^all(Authenticated)?Users$/.test(member))).toEqual([]);
    expect(members.filter((member) => !/^(serviceAccount|group|principalSet):/.test(member))).toEqual([]);
  });

  it('grants no basic role, and no predefined role that administers', () => {
    const predefined = Object.values(roles).flatMap((role: Role) => (role.kind === 'predefined' ? [role.name] : []));

    expect(predefined.sort()).toEqual([
      'roles/artifactregistry.writer',
      'roles/iam.serviceAccountOpenIdTokenCreator',
      'roles/logging.logWriter',
      'roles/pubsub.publisher',
      'roles/pubsub.subscriber',
      'roles/run.invoker',
      'roles/storage.objectViewer',
    ]);
  });

  it('makes custom roles that change no policy, setting or metadata', () => {
    const custom = Object.values(roles).flatMap((role: Role) => (role.kind === 'custom' ? role.permissions : []));

    expect(custom.filter((one) => /setIamPolicy|\.update|\.patch|buckets\.|jobs\.(create|delete)/.test(one))).toEqual(
      [],
    );
  });

  it('grants on projects only the two lists, and the log of the build', () => {
    const onProjects = all.filter(({ resource }) => resource.kind === 'project');

    expect(onProjects.map(({ principal, resource, role }) => [principal.kind, resourceName(resource), role])).toEqual([
      ['fanOut', 'project globex-fleet', 'executionLister'],
      ['fanOut', 'project acme-fleet', 'executionLister'],
      ['recheck', 'project globex-fleet', 'jobLister'],
      ['recheck', 'project acme-fleet', 'jobLister'],
      ['build', 'project acme-control', 'logWriter'],
    ]);
    expect(roles.executionLister.permissions).toEqual(['run.executions.list']);
    expect(roles.jobLister.permissions).toEqual(['run.jobs.list', 'run.executions.list']);
  });

  it('lets no principal update an object in place', () => {
    expect(storageGrants.flatMap(permissionsOf)).not.toContain('storage.objects.update');
  });

  it('lets a tenant get what it reads, create in its own folders, and nothing else', () => {
    const own = all.filter(({ principal }) => principal.kind === 'tenant' && principal.tenant === 'acme');

    expect(rows(own)).toEqual([
      'objectGetter gs://acme-pins',
      'objectGetter gs://acme-assignments',
      'objectGetter gs://acme-environments/codex/',
      'objectCreator gs://acme-receipts/acme/',
      'objectCreator gs://acme-results/acme/',
    ]);
  });

  it('lets no tenant list, replace or delete an object', () => {
    const permissions = new Set(grantsOf('tenant').flatMap(permissionsOf));

    expect([...permissions].sort()).toEqual(['storage.objects.create', 'storage.objects.get']);
  });

  it('lets a tenant of two runtimes read both environments, with one grant per shared bucket', () => {
    const own = all.filter(({ principal }) => principal.kind === 'tenant' && principal.tenant === 'globex');

    expect(rows(own)).toEqual([
      'objectGetter gs://acme-pins',
      'objectGetter gs://acme-assignments',
      'objectGetter gs://acme-environments/argon/',
      'objectCreator gs://acme-receipts/globex/',
      'objectCreator gs://acme-results/globex/',
      'objectGetter gs://acme-environments/codex/',
    ]);
  });

  it('gives a tenant whose name begins with another one a folder of its own', () => {
    const tenants = [buildDeployedTenant({ tenant: 'acme' }), buildDeployedTenant({ tenant: 'acme-2' })];
    const folders = grants(buildDeployment({ tenants })).flatMap(({ principal, resource }) =>
      principal.kind === 'tenant' && resource.kind === 'folder' && resource.bucket === 'acme-receipts'
        ? [[principal.tenant, resource.folder]]
        : [],
    );

    expect(folders).toEqual([
      ['acme', 'acme/'],
      ['acme-2', 'acme-2/'],
    ]);
  });

  it('lets only Cloud Storage publish that a receipt was written', () => {
    const publishers = all.filter(({ resource }) => resourceName(resource) === 'topic receipt-written');

    expect(publishers).toEqual([
      { principal: { kind: 'storageAgent' }, role: 'publisher', resource: { kind: 'topic', topic: 'receipt-written' } },
    ]);
  });

  it('lets only promoters publish a promotion', () => {
    const publishers = all.filter(({ resource }) => resourceName(resource) === 'topic pin-promoted');

    expect(publishers.map(({ principal, role }) => [principal.kind, role])).toEqual([['promoter', 'publisher']]);
  });

  it('lets only the push identity invoke the functions that Pub/Sub pushes to', () => {
    const invokers = all.filter(({ resource }) => resource.kind === 'function' && resource.function !== 'status');

    expect(invokers.map(({ principal, resource }) => [principal.kind, resourceName(resource)])).toEqual([
      ['push', 'function fanOut'],
      ['push', 'function recheck'],
      ['push', 'function receipt'],
    ]);
  });

  it('lets only fan-out add to the ledger, and lets no principal change it', () => {
    const writers = all.filter(
      (grant) =>
        resourceName(grant.resource).startsWith('gs://acme-pins') && /create|delete/.test(String(permissionsOf(grant))),
    );

    expect(writers.map(({ principal, role }) => [principal.kind, role])).toEqual([['fanOut', 'objectCreator']]);
  });

  it('lets only operators write the guard, and there only the guard', () => {
    const writers = all.filter(
      (grant) =>
        resourceName(grant.resource) === 'gs://acme-assignments' &&
        permissionsOf(grant).includes('storage.objects.create'),
    );

    expect(writers).toEqual([
      {
        principal: { kind: 'operator' },
        role: 'objectWriter',
        resource: { kind: 'bucket', bucket: 'acme-assignments' },
        condition: {
          title: 'only guard.json',
          expression: 'resource.name == "projects/_/buckets/acme-assignments/objects/guard.json"',
        },
      },
    ]);
  });

  it('lets no function write a registration, hold or freeze', () => {
    const controls = ['tenants/', 'holds/', 'freezes/'].map((folder) => `gs://acme-control/${folder}`);
    const writers = all.filter(({ resource }) => controls.includes(resourceName(resource)));

    expect([...new Set(writers.map(({ principal }) => principal.kind))]).toEqual(['operator']);
  });

  it('lets no principal but its tenant write a receipt', () => {
    const writers = all.filter(
      (grant) =>
        resourceName(grant.resource).startsWith('gs://acme-receipts') &&
        /create|delete/.test(String(permissionsOf(grant))),
    );

    expect([...new Set(writers.map(({ principal }) => principal.kind))]).toEqual(['tenant']);
  });

  it('gives the status function and viewers no permission to write or run', () => {
    const permissions = [...grantsOf('status'), ...grantsOf('viewer')].flatMap(permissionsOf);

    expect(new Set(permissions)).toEqual(new Set(['storage.objects.get', 'storage.objects.list', 'run.routes.invoke']));
  });

  it('lets Pub/Sub consume each push subscription and publish each dead letter', () => {
    expect(rows(grantsOf('pubsubAgent'))).toEqual([
      'tokenCreator account pincast-push@acme-control.iam.gserviceaccount.com',
      'publisher topic pin-promoted-dead-letter',
      'publisher topic fleet-recheck-dead-letter',
      'publisher topic receipt-written-dead-letter',
      'subscriber subscription pin-promoted-push',
      'subscriber subscription fleet-recheck-push',
      'subscriber subscription receipt-written-push',
    ]);
  });

  it("grants a runtime's reads to its group, and writes still to each tenant", () => {
    const grouped = grants(buildDeployment({ tenantGroups: { codex: 'codex-tenants@acme.example' } }));
    const reads = grouped.filter(({ principal }) => principal.kind === 'tenantGroup');

    expect(rows(reads)).toEqual([
      'objectGetter gs://acme-pins',
      'objectGetter gs://acme-assignments',
      'objectGetter gs://acme-environments/codex/',
    ]);
    expect(rows(grouped.filter(({ principal }) => principal.kind === 'tenant' && principal.tenant === 'acme'))).toEqual(
      ['objectCreator gs://acme-receipts/acme/', 'objectCreator gs://acme-results/acme/'],
    );
  });
});
