import type { PromoteEvent } from '../../core/messages/promote-event.ts';
import { registeredTenants } from '../../core/records/codec.ts';
import { guardRefusal } from '../../core/records/guard.ts';
import { parseGsUrl } from '../../core/values/gs-url.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';

/** The fields that are checked against registry and guard. An invalid event may lack some. */
export type PromotionParts = Partial<
  Pick<PromoteEvent, 'runtime' | 'tenants' | 'environmentTarUrl' | 'environmentTarDigest'>
>;

/** Returns the issues that the text alone cannot show: unknown tenants, a foreign bucket, a revoked digest. */
export async function validatePromotion(
  declared: PromotionParts,
  deps: { fleet: FleetRegistry },
  environmentBuckets: readonly string[],
): Promise<Issue[]> {
  const [scope, revoked] = await Promise.all([
    scopeIssues(declared, deps.fleet),
    revocationIssues(declared, deps.fleet),
  ]);
  return [...scope, ...bucketIssues(declared, environmentBuckets), ...revoked];
}

async function scopeIssues({ runtime, tenants = [] }: PromotionParts, fleet: FleetRegistry): Promise<Issue[]> {
  if (runtime === undefined) return [];
  const registered = registeredTenants(runtime, await fleet.tenants(runtime));
  if (registered.size === 0) {
    return [{ path: 'runtime', message: `no tenant is registered for ${JSON.stringify(runtime)}` }];
  }
  const unknown = tenants.filter((tenant) => !registered.has(tenant));
  return unknown.map((tenant) => ({
    path: 'tenants',
    message: `${JSON.stringify(tenant)} is not a tenant of ${runtime}`,
  }));
}

function bucketIssues({ environmentTarUrl: url }: PromotionParts, buckets: readonly string[]): Issue[] {
  if (url === undefined || buckets.includes(parseGsUrl(url).bucket)) return [];
  const wanted = buckets.map((bucket) => `gs://${bucket}`).join(' or ');
  return [{ path: 'environmentTarUrl', message: `expected an object in ${wanted}, got ${url.slice(0, 200)}` }];
}

async function revocationIssues(
  { environmentTarDigest: digest }: PromotionParts,
  fleet: FleetRegistry,
): Promise<Issue[]> {
  if (digest === undefined || guardRefusal(await fleet.guard(), '', digest) !== 'REVOKED') return [];
  return [{ path: 'environmentTarDigest', message: `${digest} is revoked` }];
}
