import type { Made } from '../fixtures/archives/tar.ts';
import type { Random } from './random.ts';

const PARTS = ['a', 'bin', 'lib', 'ü', 'with space', 'x'.repeat(70), '-dash', "it's", 'new\nline', '…', 'z.py'];
const MODES = [0o644, 0o755, 0o600, 0o444, 0o4755, 0o1777, 0o700];
/** From this size on, a second thread copies content. */
const LARGE = 8 * 1024 * 1024;
const SIZES = [0, 1, 511, 512, 513, 1_024, 5_000, 70_000];

/** What an honest archiver would write: folders before what is in them, each name once, links that stay inside. */
export function randomTree(random: Random): Made[] {
  const folders = [''];
  const files: string[] = [];
  const taken = new Set<string>();
  const entries: Made[] = random.chance(1 / 40) ? [{ name: 'large', content: random.bytes(LARGE) }] : [];
  for (let left = random.below(14); left > 0; left--) {
    const name = freshName(random, folders, taken);
    if (name === undefined) continue;
    taken.add(name);
    const kind = random.below(10);
    if (kind < 3) {
      folders.push(name);
      entries.push({ name: `${name}/`, type: '5', mode: random.pick([0o755, 0o700, 0o2750]) });
    } else if (kind === 3) entries.push({ name, type: '2', target: insideTarget(random, name) });
    else if (kind === 4 && files.length > 0) entries.push({ name, type: '1', target: random.pick(files) });
    else {
      files.push(name);
      entries.push({ name, content: random.bytes(random.pick(SIZES)), mode: random.pick(MODES) });
    }
  }
  return entries;
}

function freshName(random: Random, folders: readonly string[], taken: ReadonlySet<string>): string | undefined {
  const folder = random.pick(folders);
  const part = random.pick(PARTS);
  const name = folder === '' ? part : `${folder}/${part}`;
  return taken.has(name) || name.length > 600 ? undefined : name;
}

/** Up to the environment itself at most, then down to something that need not be there. */
function insideTarget(random: Random, name: string): string {
  const depth = name.split('/').length - 1;
  const up = '../'.repeat(random.below(depth + 1));
  return `${up}nowhere/${random.pick(PARTS)}`;
}
