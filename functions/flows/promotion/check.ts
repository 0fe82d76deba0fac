import type { Config } from '../../core/config.ts';
import type { DeclaredPromotion } from '../../core/messages/promote-event.ts';
import { declaredIssues, objectIssues } from '../../core/promotion/issues.ts';
import { registeredTenants } from '../../core/rollout/fleet-snapshot.ts';
import type { ObjectLocation } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { EnvironmentStat, Environments } from '../../ports/environments.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';

export type RecordPolicy = {
  environmentBuckets: readonly string[];
  maxEnvironmentBytes: number;
};

export function recordPolicy({
  buckets,
  maxEnvironmentBytes,
}: Pick<Config, 'buckets' | 'maxEnvironmentBytes'>): RecordPolicy {
  return { environmentBuckets: buckets.environments, maxEnvironmentBytes };
}

export type PromotionCheck = {
  declared: Issue[];
  /** Undefined if there is no object, or it is not in an environments bucket. */
  object: (ObjectLocation & EnvironmentStat) | undefined;
  /** Of the object. */
  stored: Issue[];
};

/**
 * Checks a promotion in every respect but one: the object is not hashed. An object outside the environments buckets is not
 * read, because the promoter may lack access to it.
 */
export async function checkPromotion(
  promotion: DeclaredPromotion,
  { fleet, environments }: { fleet: FleetRegistry; environments: Environments },
  { environmentBuckets, maxEnvironmentBytes }: RecordPolicy,
): Promise<PromotionCheck> {
  const { runtime, environmentTarUrl: url = '', environmentTarDigest, environment } = promotion;
  const location = environment && environmentBuckets.includes(environment.bucket) ? environment : undefined;
  const [tenants, guard, stat] = await Promise.all([
    runtime === undefined ? undefined : fleet.tenants(runtime),
    environmentTarDigest === undefined ? undefined : fleet.guard(),
    location && environments.stat(location),
  ]);
  const registered = tenants && registeredTenants(runtime ?? '', tenants);
  return {
    declared: declaredIssues(promotion, { registered, guard, environmentBuckets }),
    object: location && stat && { ...location, ...stat },
    stored: location === undefined ? [] : objectIssues(url, stat, maxEnvironmentBytes),
  };
}
