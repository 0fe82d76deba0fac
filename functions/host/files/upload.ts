import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StoreFault, type Upload } from '../../ports/sandbox.ts';
import { makeFolder } from './mkdirp.ts';

/** Puts an archive at a path of this machine: whole, or not at all. */
export function fileUpload(path: string): Upload {
  return {
    put: async (archive) => {
      const temporary = `${path}.${randomUUID()}`;
      try {
        makeFolder(dirname(path));
        await writeFile(temporary, archive.chunks(), { flag: 'wx' });
        renameSync(temporary, path);
        return 'created';
      } catch (error) {
        rmSync(temporary, { force: true });
        throw new StoreFault('refused', `${path} cannot be written: ${(error as Error).message}`, error);
      }
    },
  };
}
