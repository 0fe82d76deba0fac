import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openJournal } from '../../journal.ts';
import type { Entry } from './entries.ts';
import { RunState } from './run-state.ts';
import { lockState } from './state-lock.ts';

/** The state and its journal: a change is written down first, and then it is so. */
export type Store = {
  state: RunState;
  commit(entry: Entry): void;
  close(): void;
};

/** Opens what a folder holds, or begins there. */
export function openStore(stateDir: string): Store {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const unlock = lockState(stateDir);
  try {
    return journaled(join(stateDir, 'journal.jsonl'), unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function journaled(path: string, unlock: () => void): Store {
  const state = new RunState();
  const journal = openJournal<Entry>({
    path,
    replay: (entries) => {
      for (const entry of entries) state.apply(entry);
    },
    snapshot: () => state.snapshot(),
  });
  return {
    state,
    commit: (entry) => {
      journal.append([entry]);
      state.apply(entry);
    },
    close: () => {
      journal.close();
      unlock();
    },
  };
}
