import { mkdirSync } from 'node:fs';
import { applyChange } from './apply-change.ts';
import type { Blobs } from './blobs.ts';
import { diskBlobs } from './disk-blobs.ts';
import { Journal } from './journal.ts';
import { memoryBlobs } from './memory-blobs.ts';
import { snapshot } from './snapshot.ts';
import { type Change, emptyState, type State } from './state.ts';

export type OpenState = {
  state: State;
  blobs: Blobs;
  commit(...changes: Change[]): void;
  close(): Promise<void>;
};

/** The journal is rewritten at the start when more than this share of its lines is history. */
const HISTORY_FACTOR = 2;
const HISTORY_FREE = 1_000;

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
  let lines = 0;
  const journal = Journal.open<Change[]>(folder, (changes) => {
    lines += 1;
    for (const change of changes) applyChange(state, change);
  });
  const facts = snapshot(state);
  if (lines > facts.length * HISTORY_FACTOR + HISTORY_FREE) journal.rewrite(facts.map((fact) => [fact]));
  const blobs = diskBlobs(folder);
  blobs.sweep(blobsOf(state), new Set(state.sessions.keys()));
  return {
    state,
    blobs,
    commit(...changes) {
      journal.append(changes);
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
