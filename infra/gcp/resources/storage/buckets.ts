import * as gcp from '@pulumi/gcp';
import type { Deployment } from '../../../contract/deployment.ts';
import { controlFolders, grants } from '../../../contract/grants.ts';
import type { StackInput } from '../../input/schema.ts';
import { guardObject } from './records.ts';

type Rule = { action: { type: 'Delete' }; condition: gcp.types.input.storage.BucketLifecycleRuleCondition };

const DAY = 86_400;
const SOFT_DELETE_SECONDS = 7 * DAY;
/**
 * Of rejections, which promoters read within days, and of launch records. A run lasts at most 7 days, and its verdict copies the
 * execution's name into the assignment; a launch whose record is gone is found by its launch id.
 */
const HISTORY_DAYS = 90;

/**
 * The deployment's buckets by name.
 *
 * Pins and receipts are created once and never replaced, so a retention policy keeps them; Cloud Storage allows no versioning
 * beside one. The others keep replaced versions.
 */
export function defineBuckets(deployment: Deployment, input: StackInput): Map<string, gcp.storage.Bucket> {
  const { pins, assignments, control, receipts, results, environments, source } = deployment.buckets;
  const own = environments.slice(0, 1);
  return new Map([
    bucket(pins, retained(365)),
    bucket(assignments, versioned(30)),
    bucket(control, versioned(7, [expireHistory()])),
    bucket(receipts, retained(30, [expireAfter(input.receiptDays)])),
    bucket(results, versioned(1, [expireAfter(input.resultDays)])),
    ...own.map((name) => bucket(name, versioned(90))),
    bucket(source, versioned(30)),
  ]);

  function bucket(name: string, settings: Partial<gcp.storage.BucketArgs>): [string, gcp.storage.Bucket] {
    const args = {
      name,
      project: deployment.project,
      location: input.location ?? deployment.region,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      softDeletePolicy: { retentionDurationSeconds: SOFT_DELETE_SECONDS },
      forceDestroy: false,
      ...settings,
    };
    // `pulumi destroy` must not take the ledger and the proof along.
    return [name, new gcp.storage.Bucket(`bucket/${name}`, args, { protect: name !== source })];
  }
}

/** Unlocked: an owner of the project may shorten it, for example after a leak. */
function retained(days: number, lifecycleRules: Rule[] = []): Partial<gcp.storage.BucketArgs> {
  return {
    retentionPolicy: { retentionPeriod: String(days * DAY), isLocked: false },
    versioning: { enabled: false },
    lifecycleRules,
  };
}

/** @param days how long a replaced or deleted version is kept. */
function versioned(days: number, lifecycleRules: Rule[] = []): Partial<gcp.storage.BucketArgs> {
  const old: Rule = { action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: days, withState: 'ARCHIVED' } };
  return { versioning: { enabled: true }, lifecycleRules: [...lifecycleRules, old] };
}

function expireAfter(age: number): Rule {
  return { action: { type: 'Delete' }, condition: { age, withState: 'LIVE' } };
}

function expireHistory(): Rule {
  const { rejections, rejectionsByTime, launches } = controlFolders;
  const matchesPrefixes = [rejections, rejectionsByTime, launches];
  return { action: { type: 'Delete' }, condition: { age: HISTORY_DAYS, withState: 'LIVE', matchesPrefixes } };
}

/**
 * The managed folders that a grant names, by `<bucket>/<folder>/`.
 *
 * Each tenant has its own of receipts and results, whose policy holds that one tenant, so no policy grows with the fleet.
 */
export function defineFolders(
  deployment: Deployment,
  made: ReadonlyMap<string, gcp.storage.Bucket>,
): Map<string, gcp.storage.ManagedFolder> {
  const granted = grants(deployment).flatMap(({ resource }) => (resource.kind === 'folder' ? [resource] : []));
  const distinct = new Map(granted.map((resource) => [`${resource.bucket}/${resource.folder}`, resource]));
  return new Map(
    [...distinct].map(([path, { bucket, folder }]) => {
      // The objects stay where they are when a tenant or a runtime is removed.
      const args = { bucket, name: folder, forceDestroy: true };
      const dependsOn = made.get(bucket);
      return [path, new gcp.storage.ManagedFolder(`folder/${path}`, args, { ...(dependsOn && { dependsOn }) })];
    }),
  );
}

/**
 * The guard, which must exist before the first sandbox starts: a sandbox that cannot read it refuses the run.
 *
 * `ignoreChanges`: an operator's lockdown and revoked digests survive the next `up`. After a refresh the provider compares the
 * stored object with the program's content by its MD5 hash, and would replace it; `protect` fails every other replacement.
 */
export function defineGuard({ buckets }: Deployment, made: ReadonlyMap<string, gcp.storage.Bucket>): void {
  new gcp.storage.BucketObject(
    'guard',
    { bucket: buckets.assignments, ...guardObject() },
    {
      dependsOn: made.get(buckets.assignments),
      ignoreChanges: ['content', 'contentType', 'metadata', 'source', 'detectMd5hash', 'sourceMd5hash'],
      protect: true,
      retainOnDelete: true,
    },
  );
}
