import type { VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import { SandboxError } from '#functions/core/sandbox/errors.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import type { ArchiveFile, Workspace } from '#functions/ports/sandbox.ts';
import { digestOf } from '../digest.ts';
import type { World } from '../world.ts';
import type { Run } from './run.ts';

export class MemoryFile implements ArchiveFile {
  text = '';
  write(chunk: Uint8Array, position: number): void {
    this.text = this.text.slice(0, position) + Buffer.from(chunk).toString();
  }
  reached(): void {}
  restart(): void {
    this.text = '';
  }
  async digest(): Promise<Digest> {
    return digestOf(this.text);
  }
}

/** @param unpacked is told of which bytes the environment was made, as long as it is there. */
export function memoryWorkspace(
  world: World,
  { process }: Run,
  unpacked: { digest: Digest | null },
): Workspace<MemoryFile> {
  return {
    open: () => new MemoryFile(),
    unpack: async ({ file }: VerifiedArchive<MemoryFile>) => {
      await world.timeline.sleep(world.random.between(`${process} unpack`, 50, 1_500));
      if (file.text.includes('bomb')) throw new SandboxError('ARCHIVE_REFUSED', 'the archive is a bomb');
      unpacked.digest = digestOf(file.text);
      world.watch.unpacked(process, unpacked.digest);
    },
    commit: () => undefined,
    rollback: () => {
      unpacked.digest = null;
    },
    cleanup: () => undefined,
  };
}
