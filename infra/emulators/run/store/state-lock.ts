import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../model/records.ts';
import { identityOf, isAlive } from './process-identity.ts';

/**
 * Two servers on one folder would end each other's processes and tear each other's journal.
 *
 * @returns releases the folder
 * @throws Error when a living server has it
 */
export function lockState(stateDir: string): () => void {
  const path = join(stateDir, 'server.json');
  const holder = holderOf(path);
  if (holder && isAlive(holder)) {
    throw new Error(`${stateDir} belongs to the running server with pid ${holder.pid}: stop that one, or use another`);
  }
  writeFileSync(path, JSON.stringify(identityOf(process.pid) ?? null), { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

function holderOf(path: string): ProcessIdentity | undefined {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity | null) ?? undefined;
  } catch {
    return undefined;
  }
}
