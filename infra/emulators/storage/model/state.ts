import type { SortedNames } from '../values/sorted-names.ts';
import type { Access, BucketRecord, Grant, NotificationConfig, StoredObject } from './records.ts';
import type { UploadSession } from './upload-session.ts';

export type BucketState = {
  record: BucketRecord;
  live: Map<string, StoredObject>;
  /** Noncurrent versions, oldest first; a name without any has no entry. */
  archived: Map<string, StoredObject[]>;
  /** Every name with a version, live or not. */
  names: SortedNames;
  notifications: Map<string, NotificationConfig>;
};

export type State = {
  buckets: Map<string, BucketState>;
  /** Identity → the secret part of its endpoint's path. */
  identities: Map<string, string>;
  /** The same, the other way round. */
  keys: Map<string, string>;
  /** By identity. */
  grants: Map<string, Grant[]>;
  sessions: Map<string, UploadSession>;
  lastGeneration: number;
  /** Told of every check of an identity's permission; the owner is not checked. */
  onAccess?: (access: Access) => void;
};

/** All that can happen to the state; the journal holds nothing else. */
export type Change =
  | { kind: 'bucket'; bucket: BucketRecord }
  | { kind: 'bucket-gone'; name: string }
  | { kind: 'created'; object: StoredObject; archivePrevious?: string }
  | { kind: 'revised'; object: StoredObject }
  | { kind: 'archived'; bucket: string; name: string; timeDeleted: string }
  | { kind: 'removed'; bucket: string; name: string; generation: number }
  | { kind: 'notification'; config: NotificationConfig }
  | { kind: 'notification-gone'; bucket: string; id: string }
  | { kind: 'identity'; identity: string; key: string }
  | { kind: 'grant'; grant: Grant }
  | { kind: 'session'; session: UploadSession }
  | { kind: 'session-gone'; id: string }
  | { kind: 'generation'; last: number };

export function emptyState(): State {
  const access = { identities: new Map(), keys: new Map(), grants: new Map() };
  return { buckets: new Map(), ...access, sessions: new Map(), lastGeneration: 0 };
}

/** The version asked for: the live one, or the named generation, live or noncurrent. */
export function findVersion(bucket: BucketState, name: string, generation?: number): StoredObject | undefined {
  const live = bucket.live.get(name);
  if (generation === undefined || live?.generation === generation) return live;
  return bucket.archived.get(name)?.find((version) => version.generation === generation);
}

/** All versions of a name, oldest first. */
export function versionsOf(bucket: BucketState, name: string): StoredObject[] {
  const live = bucket.live.get(name);
  return [...(bucket.archived.get(name) ?? []), ...(live ? [live] : [])];
}

/** Microseconds since 1970, but always more than any generation before. */
export function nextGeneration(state: State, now: Date): number {
  return Math.max(state.lastGeneration + 1, now.getTime() * 1000);
}
