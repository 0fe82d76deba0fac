import { forbidden } from '../errors.ts';
import type { Grant, Permission } from './records.ts';
import type { State } from './state.ts';

/** Undefined: the owner, who may do everything. */
export type Caller = string | undefined;

function isGranted(grants: Grant[], permission: Permission, bucket: string, name: string): boolean {
  return grants.some(
    (grant) => grant.bucket === bucket && name.startsWith(grant.prefix) && grant.permissions.includes(permission),
  );
}

function may(state: State, caller: Caller, permission: Permission, bucket: string, object: string): boolean {
  if (caller === undefined) return true;
  const granted = isGranted(state.grants.get(caller) ?? [], permission, bucket, object);
  state.onAccess?.({ identity: caller, permission, bucket, object, granted });
  return granted;
}

/** Throws the API's 403. Whether the object or its bucket exists shows nowhere in it. */
export function demand(state: State, caller: Caller, permission: Permission, bucket: string, name: string): void {
  if (may(state, caller, permission, bucket, name)) return;
  throw denied(caller as string, permission, permission === 'storage.objects.list' ? 'bucket' : 'object');
}

/** Buckets and their notifications belong to the owner; no grant reaches them. */
export function demandOwner(caller: Caller, permission: string): void {
  if (caller !== undefined) throw denied(caller, permission, 'bucket');
}

/** A caller without list permission gets 403 for an absent object, other callers 404. */
export function demandSightOfAbsence(state: State, caller: Caller, bucket: string, name: string): void {
  demand(state, caller, 'storage.objects.list', bucket, name);
}

function denied(caller: string, permission: string, kind: 'bucket' | 'object') {
  return forbidden(
    `${caller} does not have ${permission} access to the Google Cloud Storage ${kind}. ` +
      `Permission '${permission}' denied on resource (or it may not exist).`,
  );
}
