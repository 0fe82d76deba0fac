import { gzipSync } from 'node:zlib';
import { gnuLong, type Made, pax, record, tar } from '../fixtures/archives/tar.ts';
import { skippableFrame, zstdFrames } from '../fixtures/archives/zstd.ts';
import { hostileEntry } from './hostile-entry.ts';
import type { Random } from './random.ts';
import { randomTree } from './random-tree.ts';

/** `tree`: what must lie there, exactly; null: anything that is safe, or a refusal. */
export type RandomArchive = { bytes: Buffer; tree: readonly Made[] | null };

/** One archive in three is honest, one holds random hostile entries, one is an honest one that was damaged. */
export function randomArchive(random: Random, outside: string): RandomArchive {
  const tree = randomTree(random);
  const kind = random.below(3);
  if (kind === 0) return { bytes: compressed(random, packed(random, tree)), tree };
  if (kind === 1) return { bytes: compressed(random, tar(mixed(random, tree, outside))), tree: null };
  return { bytes: damaged(random, compressed(random, packed(random, tree))), tree: null };
}

/** Long names go where an archiver would put them: into a pax header or into GNU's own. */
function packed(random: Random, tree: readonly Made[]): Buffer {
  const records = withEarlierFiles(random, tree).map((made) => {
    const { name, target = '' } = made;
    if (fits(name) && fits(target)) return record(made);
    if (random.chance(0.5))
      return Buffer.concat([pax({ path: name, ...(target && { linkpath: target }) }), record(made)]);
    return Buffer.concat([gnuLong('L', name), ...(target ? [gnuLong('K', target)] : []), record(made)]);
  });
  return Buffer.concat([...records, tar([])]);
}

/** Some files come twice: first with other content, of which nothing must be left. */
function withEarlierFiles(random: Random, tree: readonly Made[]): Made[] {
  return tree.flatMap((made) => {
    if (made.content === undefined || !random.chance(0.1)) return [made];
    return [{ ...made, content: random.bytes(random.below(2_000)), mode: 0o444, mtime: 1 }, made];
  });
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= 100;
}

function mixed(random: Random, tree: readonly Made[], outside: string): Made[] {
  const short = tree.filter(({ name, target = '' }) => fits(name) && fits(target));
  const hostile = Array.from({ length: 1 + random.below(6) }, () => hostileEntry(random, outside));
  return hostile.reduce((all, entry) => all.toSpliced(random.below(all.length + 1), 0, entry), [...short]);
}

function compressed(random: Random, bytes: Buffer): Buffer {
  const kind = random.below(6);
  if (kind === 0) return gzipSync(bytes, { level: 1 });
  return kind === 1 ? severalFrames(random, bytes) : bytes;
}

function severalFrames(random: Random, bytes: Buffer): Buffer {
  const cuts = Array.from({ length: random.below(4) }, () => random.below(bytes.length)).sort((a, b) => a - b);
  const skipped = () => (random.chance(0.3) ? skippableFrame(random.below(40)) : Buffer.alloc(0));
  return Buffer.concat([skipped(), zstdFrames(bytes, cuts), skipped()]);
}

function damaged(random: Random, bytes: Buffer): Buffer {
  if (random.chance(0.3)) return bytes.subarray(0, random.below(bytes.length));
  const flipped = Buffer.from(bytes);
  for (let flips = 1 + random.below(4); flips > 0; flips--) {
    const at = random.below(flipped.length);
    flipped[at] = (flipped[at] as number) ^ (1 << random.below(8));
  }
  return flipped;
}
