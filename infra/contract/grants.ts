import { topics } from '#functions/core/messages/topics.ts';
import { names } from '#functions/core/records/object-names.ts';
import { type Condition, onlyObject } from './conditions.ts';
import { deliveries, type MessageFunction } from './delivery.ts';
import type { DeployedTenant, Deployment } from './deployment.ts';
import type { FunctionName } from './function-env.ts';
import type { Principal } from './principals.ts';
import type { RoleName } from './roles.ts';

/** What a grant is on. A `folder` is a managed folder: the start of object names, with `/` at its end. */
export type Resource =
  | { kind: 'bucket'; bucket: string }
  | { kind: 'folder'; bucket: string; folder: string }
  | { kind: 'topic'; topic: string }
  | { kind: 'subscription'; subscription: string }
  | { kind: 'function'; function: FunctionName }
  | { kind: 'job'; project: string; region: string; job: string }
  | { kind: 'account'; account: string }
  | { kind: 'repository' }
  | { kind: 'project'; project: string };

/** One principal may do what one role says on one resource. */
export type Grant = { principal: Principal; role: RoleName; resource: Resource; condition?: Condition };

/**
 * Who may do what in a deployment: the whole of it, each grant once.
 *
 * Reads are granted on a bucket, because only `list` on it makes an absent object answer 404; writes on the managed folder that
 * the writer owns.
 */
export function grants(deployment: Deployment): Grant[] {
  const all = [
    ...functionGrants(deployment),
    ...peopleGrants(deployment),
    ...deliveryGrants(deployment),
    ...buildGrants(deployment),
    ...tenantGrants(deployment),
  ];
  return [...new Map(all.map((grant) => [JSON.stringify(grant), grant])).values()];
}

/** The folders of the control bucket. */
export const controlFolders = {
  tenants: names.allTenants,
  holds: folderOf(names.holds('runtime')),
  freezes: names.freezes,
  launches: folderOf(names.launch('runtime', 'tenant', 'id')),
  quota: folderOf(names.quota('project', 'region')),
  reconciles: names.reconciles,
  prompts: folderOf(names.prompt('runtime')),
  orphans: folderOf(names.orphans('runtime')),
  rejections: names.rejections,
  rejectionsByTime: names.rejectionsByTime,
} as const;

function functionGrants(deployment: Deployment): Grant[] {
  const { buckets, runtimes } = deployment;
  const { pins, assignments, control, receipts, environments } = buckets;
  const assigned = runtimes.map((runtime) => folder(assignments, names.assignments(runtime)));
  const write = (...folders: (keyof typeof controlFolders)[]) =>
    folders.map((name) => folder(control, controlFolders[name]));
  return [
    ...grant('fanOut', 'objectReader', [pins, assignments, control, receipts, ...environments].map(bucket)),
    ...grant('fanOut', 'objectCreator', [bucket(pins), ...write('launches')]),
    ...grant('fanOut', 'objectWriter', [
      ...assigned,
      ...write('quota', 'reconciles', 'rejections', 'rejectionsByTime'),
    ]),
    ...grant('recheck', 'objectReader', [pins, assignments, control, receipts].map(bucket)),
    ...grant('recheck', 'objectCreator', write('launches')),
    ...grant('recheck', 'objectWriter', [...assigned, ...write('quota', 'reconciles', 'prompts', 'orphans')]),
    ...grant('receipt', 'objectReader', [assignments, control, receipts].map(bucket)),
    ...grant('receipt', 'objectCreator', write('launches')),
    ...grant('receipt', 'objectWriter', assigned),
    ...grant('status', 'objectReader', [pins, assignments, control].map(bucket)),
    ...(['fanOut', 'recheck', 'receipt'] as const).flatMap((one) =>
      grant(one, 'publisher', [topic(topics.fleetRecheck)]),
    ),
    ...jobGrants(deployment),
  ];
}

function jobGrants({ tenants }: Deployment): Grant[] {
  const jobs = tenants.map(({ project, region, job }): Resource => ({ kind: 'job', project, region, job }));
  const projects = [...new Set(tenants.map(({ project }) => project))].map(
    (project): Resource => ({ kind: 'project', project }),
  );
  return [
    ...grant('fanOut', 'jobLauncher', jobs),
    ...grant('recheck', 'jobLauncher', jobs),
    ...grant('receipt', 'jobObserver', jobs),
    // On projects, because one list below `jobs/-` replaces a call per tenant, and a wildcard has no policy of its own.
    ...grant('fanOut', 'executionLister', projects),
    ...grant('recheck', 'jobLister', projects),
    ...grant('operator', 'jobOperator', jobs),
  ];
}

function peopleGrants({ buckets }: Deployment): Grant[] {
  const { pins, assignments, control, receipts, environments } = buckets;
  const controls = ['tenants', 'holds', 'freezes'] as const;
  const guard = onlyObject(assignments, names.guard);
  const status: Resource = { kind: 'function', function: 'status' };
  const deadLetters = deliveries.map(({ deadLetterSubscription }) => subscription(deadLetterSubscription));
  return [
    ...grant('viewer', 'objectReader', [pins, assignments, control].map(bucket)),
    ...grant('viewer', 'invoker', [status]),
    ...grant('promoter', 'objectReader', [pins, assignments, control, ...environments].map(bucket)),
    ...grant('promoter', 'objectCreator', environments.map(bucket)),
    ...grant('promoter', 'publisher', [topic(topics.pinPromoted)]),
    ...grant('operator', 'objectReader', [pins, assignments, control, receipts].map(bucket)),
    ...grant(
      'operator',
      'objectWriter',
      controls.map((name) => folder(control, controlFolders[name])),
    ),
    // The guard lies beside the assignments' folders, so only a condition can name it.
    { principal: { kind: 'operator' }, role: 'objectWriter', resource: bucket(assignments), condition: guard },
    ...grant('operator', 'publisher', [topic(topics.fleetRecheck)]),
    ...grant('operator', 'subscriber', deadLetters),
    ...grant('operator', 'invoker', [status]),
  ];
}

/** Between Pub/Sub, Cloud Scheduler, Cloud Storage and the functions. */
function deliveryGrants({ identities }: Deployment): Grant[] {
  const target = ({ to }: { to: MessageFunction }): Resource => ({ kind: 'function', function: to });
  return [
    ...grant('push', 'invoker', deliveries.map(target)),
    ...grant('pubsubAgent', 'tokenCreator', [{ kind: 'account', account: identities.push }]),
    ...grant(
      'pubsubAgent',
      'publisher',
      deliveries.map(({ deadLetterTopic }) => topic(deadLetterTopic)),
    ),
    ...grant(
      'pubsubAgent',
      'subscriber',
      deliveries.map((delivery) => subscription(delivery.subscription)),
    ),
    ...grant('schedulerAgent', 'publisher', [topic(topics.fleetRecheck)]),
    ...grant('storageAgent', 'publisher', [topic(topics.receiptWritten)]),
  ];
}

/** What Cloud Build's account needs to build a function; its logs have no resource below the project. */
function buildGrants({ project, buckets }: Deployment): Grant[] {
  return [
    ...grant('build', 'sourceViewer', [bucket(buckets.source)]),
    ...grant('build', 'imageWriter', [{ kind: 'repository' }]),
    ...grant('build', 'logWriter', [{ kind: 'project', project }]),
  ];
}

/** A tenant gets what it reads, by name, and creates in its own folders. It lists and replaces nothing. */
function tenantGrants({ buckets, tenants, tenantGroups }: Deployment): Grant[] {
  const { pins, assignments, environments, receipts, results } = buckets;
  return tenants.flatMap((deployed) => {
    const { runtime, tenant, serviceAccount } = deployed;
    const own: Principal = { kind: 'tenant', tenant, serviceAccount };
    const reader = readerOf(deployed, tenantGroups[runtime]);
    const folders = environments.map((name) => folder(name, `${runtime}/`));
    return [
      ...grantTo(reader, 'objectGetter', [bucket(pins), bucket(assignments), ...folders]),
      ...grantTo(own, 'objectCreator', [folder(receipts, `${tenant}/`), folder(results, `${tenant}/`)]),
    ];
  });
}

/** A group counts as one principal of a policy, which holds at most 1,500. */
function readerOf({ runtime, tenant, serviceAccount }: DeployedTenant, group: string | undefined): Principal {
  return group === undefined ? { kind: 'tenant', tenant, serviceAccount } : { kind: 'tenantGroup', runtime, group };
}

type SimpleKind = Exclude<Principal['kind'], 'tenant' | 'tenantGroup'>;

function grant(kind: SimpleKind, role: RoleName, resources: readonly Resource[]): Grant[] {
  return grantTo({ kind }, role, resources);
}

function grantTo(principal: Principal, role: RoleName, resources: readonly Resource[]): Grant[] {
  return resources.map((resource) => ({ principal, role, resource }));
}

function folderOf(object: string): string {
  return object.slice(0, object.indexOf('/') + 1);
}

const bucket = (name: string): Resource => ({ kind: 'bucket', bucket: name });
const folder = (name: string, prefix: string): Resource => ({ kind: 'folder', bucket: name, folder: prefix });
const topic = (name: string): Resource => ({ kind: 'topic', topic: name });
const subscription = (name: string): Resource => ({ kind: 'subscription', subscription: name });
