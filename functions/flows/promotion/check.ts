import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { declaredIssues, objectIssues, type PromotionParts } from '../../core/promotion/issues.ts';
import { registeredTenants } from '../../core/rollout/fleet-snapshot.ts';
import type { Digest } from '../../core/values/digest.ts';
import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { EnvironmentStat, Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';

export type RecordPolicy = {
  environmentBuckets: readonly string[];
  maxEnvironmentBytes: number;
};

export type PromotionCheck = {
  declared: Issue[];
  /** Undefined if there is no object, or it is not in an environments bucket. */
  stat: EnvironmentStat | undefined;
  /** Of the object. */
  stored: Issue[];
};

/** Checks a promotion in every respect but one: the object is not hashed. */
export async function checkPromotion(
  parts: PromotionParts,
  deps: { fleet: FleetRegistry; environments: Environments },
  policy: RecordPolicy,
): Promise<PromotionCheck> {
  const [declared, object] = await Promise.all([
    checkDeclared(parts, deps.fleet, policy.environmentBuckets),
    checkObject(parts, deps.environments, policy),
  ]);
  return { declared, ...object };
}

/** Checks the declared fields against registry, guard and the environments buckets. */
export async function checkDeclared(
  parts: PromotionParts,
  fleet: FleetRegistry,
  environmentBuckets: readonly string[],
): Promise<Issue[]> {
  const { runtime, environmentTarDigest } = parts;
  const [tenants, guard] = await Promise.all([
    runtime === undefined ? undefined : fleet.tenants(runtime),
    environmentTarDigest === undefined ? undefined : fleet.guard(),
  ]);
  const registered = tenants && registeredTenants(runtime ?? '', tenants);
  return declaredIssues(parts, { registered, guard, environmentBuckets });
}

/** Does not read an object outside the environments buckets, because the promoter may lack access to it. */
async function checkObject(
  { environmentTarUrl: url }: PromotionParts,
  environments: Environments,
  { environmentBuckets, maxEnvironmentBytes }: RecordPolicy,
): Promise<Omit<PromotionCheck, 'declared'>> {
  const location = url === undefined ? undefined : parseGsUrl(url);
  if (url === undefined || location === undefined || !environmentBuckets.includes(location.bucket))
    return { stat: undefined, stored: [] };
  const stat = await environments.stat(location);
  return { stat, stored: objectIssues(url, stat, maxEnvironmentBytes) };
}

/** Hashes the object once here, so that a wrong digest does not fail in a thousand sandboxes. */
export async function hashIssues(
  { environmentTarUrl, environmentTarDigest }: PromoteEvent,
  { generation }: EnvironmentStat,
  environments: Environments,
  maxBytes: number,
): Promise<Issue[]> {
  const actual = await environments.hash(parseGsUrl(environmentTarUrl), generation, maxBytes);
  if (actual === environmentTarDigest) return [];
  const message = `expected ${environmentTarDigest}, but the object's bytes hash to ${actual}`;
  return [{ path: 'environmentTarDigest', message }];
}

/** Hashes each generation once, also after CAS conflicts on the ledger. */
export function hashOnce(environments: Environments): Environments {
  const known = new Map<string, Promise<Digest>>();
  return {
    stat: (location) => environments.stat(location),
    hash: (location, generation, maxBytes) => {
      const key = JSON.stringify([location.bucket, location.object, generation]);
      const hashing = known.get(key) ?? environments.hash(location, generation, maxBytes);
      known.set(key, hashing);
      return hashing;
    },
  };
}
