import { mkdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { idOf } from '../model/names.ts';
import type { Container } from '../model/records.ts';
import { workingDirectory } from './container.ts';

/** Where attempts live below a state folder: `work/` while they run, `logs/` until their execution is forgotten. */
export class AttemptFolders {
  readonly #work: string;
  readonly #logs: string;

  constructor(stateDir: string) {
    this.#work = join(stateDir, 'work');
    this.#logs = join(stateDir, 'logs');
    // What an earlier server left there belongs to attempts that have ended with it.
    rmSync(this.#work, { recursive: true, force: true });
    mkdirSync(this.#work, { recursive: true, mode: 0o700 });
    mkdirSync(this.#logs, { recursive: true, mode: 0o700 });
  }

  /** A fresh private folder; its working directory exists. */
  create(execution: string, index: number, attempt: number, container: Container): { folder: string; cwd: string } {
    const folder = join(this.#work, `${idOf(execution)}-${index}-${attempt}`);
    const cwd = workingDirectory(folder, container);
    mkdirSync(folder, { mode: 0o700 });
    mkdirSync(cwd, { recursive: true });
    mkdirSync(this.#logFolder(execution), { recursive: true, mode: 0o700 });
    return { folder, cwd };
  }

  logPath = (execution: string, index: number, attempt: number): string =>
    join(this.#logFolder(execution), `${index}-${attempt}.log`);

  executionLogUri = (execution: string): string => pathToFileURL(this.#logFolder(execution)).href;

  attemptLogUri = (execution: string, index: number, attempt: number): string =>
    pathToFileURL(this.logPath(execution, index, attempt)).href;

  removeLogs(execution: string): void {
    rm(this.#logFolder(execution), { recursive: true, force: true }).catch(() => undefined);
  }

  #logFolder = (execution: string): string => join(this.#logs, idOf(execution));
}

/** A container can leave files that cannot be removed; they are then removed with the state folder, or by its user. */
export const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
