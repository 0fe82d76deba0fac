import type { DeclaredPromotion, PromoteEvent } from '../messages/promote-event.ts';
import { type Guard, guardRefusal, REVOKED } from '../records/guard.ts';
import type { Digest } from '../values/digest.ts';
import type { Issue } from '../values/issues.ts';

/** What a promotion is checked against. Undefined: not read, because the promotion lacks the field. */
export type PromotionFacts = {
  registered: ReadonlySet<string> | undefined;
  guard: Guard | undefined;
  environmentBuckets: readonly string[];
};

/** The issues that the text alone cannot show: unknown tenants, a foreign bucket, a revoked digest. */
export function declaredIssues(declared: DeclaredPromotion, facts: PromotionFacts): Issue[] {
  const { environmentTarDigest: digest } = declared;
  const isRevoked = digest !== undefined && facts.guard && guardRefusal(facts.guard, '', digest) === REVOKED;
  return [
    ...scopeIssues(declared, facts),
    ...bucketIssues(declared, facts),
    ...(isRevoked ? [{ path: 'environmentTarDigest', message: `${digest} is revoked` }] : []),
  ];
}

function scopeIssues({ runtime, tenants = [] }: DeclaredPromotion, { registered }: PromotionFacts): Issue[] {
  if (registered === undefined) return [];
  if (registered.size === 0)
    return [{ path: 'runtime', message: `no tenant is registered for ${JSON.stringify(runtime)}` }];
  const unknown = tenants.filter((tenant) => !registered.has(tenant));
  return unknown.map((tenant) => ({
    path: 'tenants',
    message: `${JSON.stringify(tenant)} is not a tenant of ${runtime}`,
  }));
}

function bucketIssues(
  { environmentTarUrl: url = '', environment }: DeclaredPromotion,
  { environmentBuckets }: PromotionFacts,
): Issue[] {
  if (environment === undefined || environmentBuckets.includes(environment.bucket)) return [];
  const wanted = environmentBuckets.map((bucket) => `gs://${bucket}`).join(' or ');
  return [{ path: 'environmentTarUrl', message: `expected an object in ${wanted}, got ${url.slice(0, 200)}` }];
}

/** The issues of the stored object that its metadata shows. @param stat undefined if there is no object. */
export function objectIssues(
  url: string,
  stat: { contentEncoding: string | null; bytes: number } | undefined,
  maxBytes: number,
): Issue[] {
  const messages = stat === undefined ? [`there is no object ${url}`] : statMessages(stat, maxBytes);
  return messages.map((message) => ({ path: 'environmentTarUrl', message }));
}

function statMessages(
  { contentEncoding, bytes }: { contentEncoding: string | null; bytes: number },
  maxBytes: number,
): string[] {
  const encoded = `it is stored with contentEncoding ${contentEncoding}: Cloud Storage would decompress it in flight and the digest could not match; upload it without one`;
  return [
    ...(contentEncoding === null ? [] : [encoded]),
    ...(bytes > maxBytes ? [`it has ${bytes} bytes, the most is ${maxBytes}`] : []),
  ];
}

/** @param actual the digest of the object's bytes. */
export function digestIssues(
  { environmentTarDigest }: Pick<PromoteEvent, 'environmentTarDigest'>,
  actual: Digest,
): Issue[] {
  if (actual === environmentTarDigest) return [];
  const message = `expected ${environmentTarDigest}, but the object's bytes hash to ${actual}`;
  return [{ path: 'environmentTarDigest', message }];
}
