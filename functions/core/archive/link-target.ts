import { archiveFault } from './archive-fault.ts';

/** As Linux: more links than this on the way to one place, and nobody gets there. */
const MAX_HOPS = 40;

/** The links of a tree by the parts of their paths. `end`: where the link leads, once it was followed. */
type Node = { children: Map<string, Node>; link?: { path: string; target: string; at: Place }; end?: Place };

/** A place in the tree: the way up from it, and what is known of links there. It shares its way with other places. */
type Place = { up: Place | undefined; node: Node | undefined };

/**
 * Follows every link of a finished tree and refuses one that leads out.
 *
 * A target cannot be judged by its letters alone: with `d/up -> ..`, the target `d/up/../x` reads as `d/x` and leads to
 * `../x`. So links on the way are followed, as the kernel does. The time is linear in the letters of all targets.
 *
 * @param links path → target, both relative; no path lies behind another link.
 * @throws SandboxError ARCHIVE_REFUSED
 */
export function resolveLinks(links: ReadonlyMap<string, string>): void {
  const root: Place = { up: undefined, node: { children: new Map() } };
  const nodes = [...links].map(([path, target]) => addLink(root, path, target));
  for (const node of nodes) follow(node, 0);
}

function addLink(root: Place, path: string, target: string): Node {
  const parts = path.split('/');
  const name = parts.pop() as string;
  const at = parts.reduce((place, part) => ({ up: place, node: childOf(place.node as Node, part) }), root);
  const node = childOf(at.node as Node, name);
  node.link = { path, target, at };
  return node;
}

function childOf(node: Node, part: string): Node {
  const child = node.children.get(part) ?? { children: new Map() };
  node.children.set(part, child);
  return child;
}

function enter(place: Place, part: string): Place {
  return { up: place, node: place.node?.children.get(part) };
}

function follow(node: Node, hops: number): Place {
  if (node.end !== undefined) return node.end;
  const { path, target, at } = node.link as NonNullable<Node['link']>;
  if (hops === MAX_HOPS) throw archiveFault('BAD_LINK', 'a link leads on through too many links, or in a circle', path);
  let place = at;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (place.up === undefined) throw archiveFault('LEAVES_FOLDER', `a link points to ${target}`, path);
      place = place.up;
      continue;
    }
    place = enter(place, part);
    if (place.node?.link !== undefined) place = follow(place.node, hops + 1);
  }
  node.end = place;
  return place;
}
