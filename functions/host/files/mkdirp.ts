import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** As `mkdir -p`. Node's `recursive` never returns on a file system that answers ENOENT to every attempt, as `/proc`. */
export function mkdirp(path: string): void {
  const missing: string[] = [];
  for (let directory = path; !exists(directory); directory = dirname(directory)) missing.push(directory);
  for (const directory of missing.reverse()) mkdirSync(directory);
}

/** Makes the directory if only it is missing; false if its parent is missing too. */
function exists(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return true;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
}
