import type { Expected } from '../values/checksums.ts';
import type { Preconditions } from './preconditions.ts';
import type { ObjectSettings, StoredObject } from './records.ts';

/** A resumable upload: what its first request said. The bytes received so far lie in the blob store under the same id. */
export type UploadSession = {
  id: string;
  bucket: string;
  name: string;
  settings: ObjectSettings;
  expected: Expected;
  conditions: Preconditions;
  /** Undefined: the owner. The session keeps its first caller; any holder of its id may send bytes. */
  identity?: string;
  total?: number;
  startedAt: string;
  /** Present: complete. Kept so that a caller that lost the last response still learns what it made. */
  result?: StoredObject;
};

const KEPT_RESULTS = 1_000;
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Expired sessions, and the oldest of more complete ones than are kept; they stand in the order of their last change. */
export function forgettable(sessions: Map<string, UploadSession>, now: Date): string[] {
  const all = [...sessions.values()];
  const complete = all.filter((session) => session.result);
  const surplus = complete.slice(0, Math.max(0, complete.length - KEPT_RESULTS));
  const expired = all.filter((session) => isExpired(session, now));
  return [...new Set([...surplus, ...expired])].map((session) => session.id);
}

/** A session URL is good for a week. */
export function isExpired(session: UploadSession, now: Date): boolean {
  return now.getTime() - Date.parse(session.startedAt) > LIFETIME_MS;
}
