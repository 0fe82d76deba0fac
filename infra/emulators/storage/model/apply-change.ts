import { SortedNames } from '../values/sorted-names.ts';
import type { StoredObject } from './records.ts';
import type { BucketState, Change, State } from './state.ts';

/** Makes the change and returns the ids of the blobs that nothing refers to any more. */
export function applyChange(state: State, change: Change): string[] {
  switch (change.kind) {
    case 'bucket':
      putBucket(state, change);
      return [];
    case 'bucket-gone':
      state.buckets.delete(change.name);
      return [];
    case 'created':
      state.lastGeneration = Math.max(state.lastGeneration, change.object.generation);
      return create(bucketOf(state, change.object.bucket), change.object, change.archivePrevious);
    case 'revised':
      revise(bucketOf(state, change.object.bucket), change.object);
      return [];
    case 'archived':
      archive(bucketOf(state, change.bucket), change.name, change.timeDeleted);
      return [];
    case 'removed':
      return remove(bucketOf(state, change.bucket), change.name, change.generation);
    case 'notification':
      bucketOf(state, change.config.bucket).notifications.set(change.config.id, change.config);
      return [];
    case 'notification-gone':
      bucketOf(state, change.bucket).notifications.delete(change.id);
      return [];
    case 'generation':
      state.lastGeneration = Math.max(state.lastGeneration, change.last);
      return [];
    default:
      return applyAccess(state, change);
  }
}

type AccessChange = Extract<Change, { kind: 'identity' | 'grant' | 'session' | 'session-gone' }>;

function applyAccess(state: State, change: AccessChange): string[] {
  if (change.kind === 'identity') {
    state.identities.set(change.identity, change.key);
    state.keys.set(change.key, change.identity);
  } else if (change.kind === 'grant') {
    const grants = state.grants.get(change.grant.identity) ?? [];
    state.grants.set(change.grant.identity, [...grants, change.grant]);
  } else if (change.kind === 'session-gone') state.sessions.delete(change.id);
  else {
    // Deleted first, so that the sessions stand in the order of their last change.
    state.sessions.delete(change.session.id);
    state.sessions.set(change.session.id, change.session);
  }
  return [];
}

function bucketOf(state: State, name: string): BucketState {
  const bucket = state.buckets.get(name);
  if (!bucket) throw new Error(`a change names the bucket '${name}', which does not exist`);
  return bucket;
}

function putBucket(state: State, { bucket }: Extract<Change, { kind: 'bucket' }>): void {
  const known = state.buckets.get(bucket.name);
  if (known) known.record = bucket;
  else {
    const empty = { live: new Map(), archived: new Map(), names: new SortedNames(), notifications: new Map() };
    state.buckets.set(bucket.name, { record: bucket, ...empty });
  }
}

function create(bucket: BucketState, object: StoredObject, archivePrevious?: string): string[] {
  const previous = bucket.live.get(object.name);
  if (previous && archivePrevious !== undefined) archive(bucket, object.name, archivePrevious);
  bucket.live.set(object.name, object);
  bucket.names.add(object.name);
  return previous && archivePrevious === undefined ? [previous.blob.id] : [];
}

function revise(bucket: BucketState, object: StoredObject): void {
  if (bucket.live.get(object.name)?.generation === object.generation) bucket.live.set(object.name, object);
  const versions = bucket.archived.get(object.name) ?? [];
  const index = versions.findIndex((version) => version.generation === object.generation);
  if (index >= 0) versions[index] = object;
}

function archive(bucket: BucketState, name: string, timeDeleted: string): void {
  const live = bucket.live.get(name);
  if (!live) return;
  bucket.live.delete(name);
  bucket.archived.set(name, [...(bucket.archived.get(name) ?? []), { ...live, timeDeleted }]);
}

function remove(bucket: BucketState, name: string, generation: number): string[] {
  const live = bucket.live.get(name);
  const versions = bucket.archived.get(name) ?? [];
  const gone = [...versions, ...(live ? [live] : [])].filter((version) => version.generation === generation);
  if (live?.generation === generation) bucket.live.delete(name);
  const left = versions.filter((version) => version.generation !== generation);
  if (left.length > 0) bucket.archived.set(name, left);
  else bucket.archived.delete(name);
  if (left.length === 0 && !bucket.live.has(name)) bucket.names.delete(name);
  return gone.map((version) => version.blob.id);
}
