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

export type PromotionCheck = {
  declared: Issue[];
  /** Undefined if there is no object, or it is not in an environments bucket. */
  object: (ObjectLocation & EnvironmentStat) | undefined;
  /** Of the object. */
  stored: Issue[];
};

/** Checks a promotion in every respect but one: the object is not hashed. */
export async function checkPromotion(
  promotion: DeclaredPromotion,
  deps: { fleet: FleetRegistry; environments: Environments },
  policy: RecordPolicy,
): Promise<PromotionCheck> {
  const [declared, object] = await Promise.all([
    checkDeclared(promotion, deps.fleet, policy.environmentBuckets),
    checkObject(promotion, deps.environments, policy),
  ]);
  return { declared, ...object };
}

/** Checks the declared fields against registry, guard and the environments buckets. */
export async function checkDeclared(
  promotion: DeclaredPromotion,
  fleet: FleetRegistry,
  environmentBuckets: readonly string[],
): Promise<Issue[]> {
  const { runtime, environmentTarDigest } = promotion;
  const [tenants, guard] = await Promise.all([
    runtime === undefined ? undefined : fleet.tenants(runtime),
    environmentTarDigest === undefined ? undefined : fleet.guard(),
  ]);
  const registered = tenants && registeredTenants(runtime ?? '', tenants);
  return declaredIssues(promotion, { registered, guard, environmentBuckets });
}

/** Does not read an object outside the environments buckets, because the promoter may lack access to it. */
async function checkObject(
  { environmentTarUrl: url = '', environment }: DeclaredPromotion,
  environments: Environments,
  { environmentBuckets, maxEnvironmentBytes }: RecordPolicy,
): Promise<Omit<PromotionCheck, 'declared'>> {
  if (environment === undefined || !environmentBuckets.includes(environment.bucket))
    return { object: undefined, stored: [] };
  const stat = await environments.stat(environment);
  return { object: stat && { ...environment, ...stat }, stored: objectIssues(url, stat, maxEnvironmentBytes) };
}
