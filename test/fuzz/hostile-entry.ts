import type { Made } from '../fixtures/archives/tar.ts';
import type { Random } from './random.ts';

const PARTS = ['a', 'b', 'd', 'l', 'a', 'b', 'd', 'l', '..', '.', '', 'bin', 'escaped'];
const USUAL = ['0', '0', '1', '2', '2', '5'];
const UNUSUAL = ['3', '4', '6', '7', 'S', 'D', 'M', 'V', 'x', '\0', 'Z'];

/** An entry of a few names and all kinds, so that entries meet: through links, by name, by letter. */
export function hostileEntry(random: Random, outside: string): Made {
  const type = random.pick(random.chance(0.05) ? UNUSUAL : USUAL);
  const made: Made = { name: hostilePath(random, outside), type, mode: random.below(0o10000) };
  if (type === '1' || type === '2') made.target = hostilePath(random, outside);
  if (type === '0' || type === 'x') made.content = random.bytes(random.below(40));
  if (random.chance(0.03)) made.size = random.below(2 ** 33);
  if (random.chance(0.05)) made.prefix = hostilePath(random, outside).slice(0, 150);
  return made;
}

/** @param outside a folder that nothing may ever be written to. */
function hostilePath(random: Random, outside: string): string {
  if (random.chance(0.05)) return `${outside}/escaped`;
  const parts = Array.from({ length: 1 + random.below(4) }, () => random.pick(PARTS));
  return parts.join('/');
}
