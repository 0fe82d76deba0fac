import { type HashedArchive, VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import type { UnlinkedFile } from '#functions/host/files/unlinked-file.ts';
import type { WorkDir } from '#functions/host/work-dir.ts';

/**
 * Compiled by `npm run types`, never run: each line below must be an error, so the day one is not, the type check fails.
 * What was only downloaded, or was put together by hand, is not accepted where bytes are unpacked.
 */
export async function neverCompiles(workDir: WorkDir, hashed: HashedArchive<UnlinkedFile>): Promise<void> {
  const limits = { maxBytes: 1 };
  // @ts-expect-error what was hashed is not yet compared
  await workDir.unpack(hashed, limits);
  // @ts-expect-error a look-alike has not the private field
  await workDir.unpack({ ...hashed, verified: true }, limits);
  // @ts-expect-error only `verify` constructs one
  await workDir.unpack(new VerifiedArchive(hashed), limits);
  // @ts-expect-error spreading a verified archive loses what makes it one
  await workDir.unpack({ ...VerifiedArchive.verify(hashed, hashed.digest) }, limits);
  await workDir.unpack(VerifiedArchive.verify(hashed, hashed.digest), limits);
}
