import type { ApiRequest, Service } from '../call/exchange.ts';
import { bucketNotFound, objectNotFound } from '../errors.ts';
import { type Caller, demand, demandSightOfAbsence } from '../model/permissions.ts';
import { checkPreconditions, parseCount, parsePreconditions } from '../model/preconditions.ts';
import type { Permission, StoredObject } from '../model/records.ts';
import { type BucketState, findVersion, type State } from '../model/state.ts';

export function requireBucket(state: State, name: string): BucketState {
  const bucket = state.buckets.get(name);
  if (!bucket) throw bucketNotFound();
  return bucket;
}

/**
 * The version that a request on one object is about: permission, then preconditions, then existence (the order of Google's
 * storage-testbench, where an absent object counts as generation 0).
 */
export function requireVersion(
  ask: ApiRequest,
  service: Service,
  permission: Permission,
  kind: 'read' | 'write',
): { bucket: BucketState; object: StoredObject } {
  const { bucket: bucketName, object: name } = ask.route;
  demand(service.state, ask.caller, permission, { bucket: bucketName, name });
  const bucket = requireBucket(service.state, bucketName);
  const object = findVersion(bucket, name, parseCount(ask.query, 'generation'));
  if (!object) demandSightOfAbsence(service.state, ask.caller, { bucket: bucketName, name });
  checkPreconditions(parsePreconditions(ask.query), object, kind);
  if (!object) throw objectNotFound(bucketName, name);
  return { bucket, object };
}

/** The source of a copy or composition, with its own conditions. */
export function requireSource(
  state: State,
  caller: Caller,
  source: { bucket: string; name: string; generation?: number | undefined },
): StoredObject {
  demand(state, caller, 'storage.objects.get', source);
  const object = findVersion(requireBucket(state, source.bucket), source.name, source.generation);
  if (object) return object;
  demandSightOfAbsence(state, caller, source);
  throw objectNotFound(source.bucket, source.name);
}
