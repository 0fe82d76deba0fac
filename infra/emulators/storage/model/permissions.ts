import { forbidden } from '../errors.ts';
import type { Grant, Permission } from './records.ts';
import type { State } from './state.ts';

/** Undefined: the owner, who may do everything. */
export type Caller = string | undefined;

/** For a list call, `name` is the prefix. */
type Resource = { bucket: string; name: string };

function isGranted(grants: Grant[], permission: Permission, { bucket, name }: Resource): boolean {
  return grants.some(
    (grant) => grant.bucket === bucket && name.startsWith(grant.prefix) && grant.permissions.includes(permission),
  );
}

function may(state: State, caller: Caller, permission: Permission, resource: Resource): boolean {
  if (caller === undefined) return true;
  const granted = isGranted(state.grants.get(caller) ?? [], permission, resource);
  state.onAccess?.({ identity: caller, permission, bucket: resource.bucket, object: resource.name, granted });
  return granted;
}

/** Throws the API's 403. Whether the object or its bucket exists shows nowhere in it. */
export function demand(state: State, caller: Caller, permission: Permission, resource: Resource): void {
  if (may(state, caller, permission, resource)) return;
  throw denied(caller as string, permission, permission === 'storage.objects.list' ? 'bucket' : 'object');
}

/** Buckets and their notifications belong to the owner; no grant reaches them. */
export function demandOwner(caller: Caller, permission: string): void {
  if (caller !== undefined) throw denied(caller, permission, 'bucket');
}

/** A caller without list permission gets 403 for an absent object, other callers 404. */
export function demandSightOfAbsence(state: State, caller: Caller, resource: Resource): void {
  demand(state, caller, 'storage.objects.list', resource);
}

function denied(caller: string, permission: string, kind: 'bucket' | 'object') {
  return forbidden(
    `${caller} does not have ${permission} access to the Google Cloud Storage ${kind}. ` +
      `Permission '${permission}' denied on resource (or it may not exist).`,
  );
}
