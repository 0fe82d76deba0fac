import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ResultsUpload, StorageError } from '../../ports/sandbox.ts';
import { mkdirp } from './mkdirp.ts';

/** Writes an archive to a local path atomically, by a rename. */
export function fileUpload(path: string): ResultsUpload {
  return {
    put: async (archive) => {
      const temporary = `${path}.${randomUUID()}`;
      try {
        mkdirp(dirname(path));
        await writeFile(temporary, archive.chunks(), { flag: 'wx' });
        renameSync(temporary, path);
        return 'created';
      } catch (error) {
        rmSync(temporary, { force: true });
        throw new StorageError('refused', `${path} cannot be written: ${(error as Error).message}`, error);
      }
    },
  };
}
