import { archiveFault } from './archive-fault.ts';

/** As Linux: a path through more links than this fails with ELOOP. */
const MAX_HOPS = 40;

type Link = { path: string; target: string; end: Place | undefined };

/** A folder or link of the tree. Only links and the folders above them have nodes. */
type Node = { up: Node | undefined; children: Map<string, Node> | undefined; link: Link | undefined };

/** The deepest node on a way, and how many names the way goes on below it, where no link can be. */
type Place = { node: Node; below: number };

/**
 * Follows every link of a finished tree and refuses one that leads out.
 *
 * Attack: a target cannot be judged by its letters alone. With `d/up -> ..`, the target `d/up/../x` reads as `d/x` and
 * leads to `../x`. So links on the way are followed, as the kernel does. Time is linear in the letters of all targets;
 * memory is one place a link, because 8,000 targets of 2,000 names compress to 152 KB.
 *
 * @param links path → target, both relative; no path lies behind another link.
 * @throws SandboxError ARCHIVE_REFUSED
 */
export function resolveLinks(links: ReadonlyMap<string, string>): void {
  const root = newNode(undefined);
  const nodes = [...links].map(([path, target]) => addLink(root, path, target));
  for (const node of nodes) follow(node, 0);
}

function newNode(up: Node | undefined): Node {
  return { up, children: undefined, link: undefined };
}

function addLink(root: Node, path: string, target: string): Node {
  const node = path.split('/').reduce(childOf, root);
  node.link = { path, target, end: undefined };
  return node;
}

function childOf(node: Node, name: string): Node {
  node.children ??= new Map();
  const child = node.children.get(name) ?? newNode(node);
  node.children.set(name, child);
  return child;
}

function follow(node: Node, hops: number): Place {
  const link = node.link as Link;
  if (link.end !== undefined) return link.end;
  const { path, target } = link;
  if (hops === MAX_HOPS) throw archiveFault('BAD_LINK', 'a link leads on through too many links, or in a circle', path);
  let place: Place = { node: node.up as Node, below: 0 };
  for (const name of target.split('/')) {
    if (name === '' || name === '.') continue;
    const next = name === '..' ? leave(place) : enter(place, name);
    if (next === undefined) throw archiveFault('LEAVES_FOLDER', `a link points to ${target}`, path);
    place = next.node.link === undefined || next.below > 0 ? next : follow(next.node, hops + 1);
  }
  link.end = place;
  return place;
}

/** Undefined above the root. */
function leave({ node, below }: Place): Place | undefined {
  if (below > 0) return { node, below: below - 1 };
  return node.up && { node: node.up, below: 0 };
}

function enter({ node, below }: Place, name: string): Place {
  const child = below === 0 ? node.children?.get(name) : undefined;
  return child ? { node: child, below: 0 } : { node, below: below + 1 };
}
