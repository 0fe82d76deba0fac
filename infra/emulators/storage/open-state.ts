import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../journal.ts';
import type { Blobs } from './blobs/blobs.ts';
import { diskBlobs } from './blobs/disk-blobs.ts';
import { memoryBlobs } from './blobs/memory-blobs.ts';
import { applyChange } from './model/apply-change.ts';
import { snapshot } from './model/snapshot.ts';
import { type Change, emptyState, type State } from './model/state.ts';

export type OpenState = {
  state: State;
  blobs: Blobs;
  commit(...changes: Change[]): void;
  close(): Promise<void>;
};

export function openState(stateDir: string | undefined): OpenState {
  return stateDir === undefined ? inMemory() : onDisk(stateDir);
}

function inMemory(): OpenState {
  const state = emptyState();
  const blobs = memoryBlobs();
  return { state, blobs, commit: (...changes) => apply(state, blobs, changes), close: async () => {} };
}

function onDisk(folder: string): OpenState {
  mkdirSync(folder, { recursive: true });
  const state = emptyState();
  const journal = openJournal<Change[]>({
    path: join(folder, 'journal.jsonl'),
    replay: (commits) => {
      for (const changes of commits) for (const change of changes) applyChange(state, change);
    },
    snapshot: () => snapshot(state).map((change) => [change]),
  });
  const blobs = diskBlobs(folder);
  blobs.sweep(blobsOf(state), new Set(state.sessions.keys()));
  return {
    state,
    blobs,
    commit(...changes) {
      journal.append([changes]);
      apply(state, blobs, changes);
    },
    async close() {
      await blobs.close();
      journal.close();
    },
  };
}

function apply(state: State, blobs: Blobs, changes: Change[]): void {
  for (const change of changes) for (const id of applyChange(state, change)) blobs.free(id);
}

function blobsOf(state: State): Set<string> {
  const ids = new Set<string>();
  for (const { live, archived } of state.buckets.values()) {
    for (const object of live.values()) ids.add(object.blob.id);
    for (const object of [...archived.values()].flat()) ids.add(object.blob.id);
  }
  return ids;
}
