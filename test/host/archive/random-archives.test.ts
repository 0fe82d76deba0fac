import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../fixtures/archives/temporary-folder.ts';
import { tryArchive } from '../../fuzz/try-archive.ts';

describe('unpack of random archives', () => {
  it('unpacks an archive as it was made, or refuses it and leaves nothing', async () => {
    const folder = temporaryFolder();
    const seeds = fc.integer({ min: 1_000_000, max: 2 ** 31 });
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        expect(await tryArchive(seed, folder)).toMatch(/^[a-zA-Z_]+$/);
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });
});
