import type { BucketState, Change, State } from './state.ts';

/** The shortest history that leads to this state. */
export function snapshot(state: State): Change[] {
  const changes: Change[] = [];
  for (const [identity, key] of state.identities) changes.push({ kind: 'identity', identity, key });
  for (const grant of [...state.grants.values()].flat()) changes.push({ kind: 'grant', grant });
  for (const bucket of state.buckets.values()) changes.push(...bucketFacts(bucket));
  for (const session of state.sessions.values()) changes.push({ kind: 'session', session });
  // A generation is never given twice, not even that of an object that was deleted since.
  changes.push({ kind: 'generation', last: state.lastGeneration });
  return changes;
}

function bucketFacts(bucket: BucketState): Change[] {
  const changes: Change[] = [{ kind: 'bucket', bucket: bucket.record }];
  for (const config of bucket.notifications.values()) changes.push({ kind: 'notification', config });
  for (const version of [...bucket.archived.values()].flat()) {
    const { timeDeleted = version.updated, ...object } = version;
    changes.push({ kind: 'created', object });
    changes.push({ kind: 'archived', bucket: object.bucket, name: object.name, timeDeleted });
  }
  for (const object of bucket.live.values()) changes.push({ kind: 'created', object });
  return changes;
}
