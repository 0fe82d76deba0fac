import type { StoredObject } from '../model/cloud/buckets.ts';
import { buckets } from '../model/names.ts';
import type { World } from '../model/world.ts';
import type { Simulation } from '../simulation.ts';

/** A tar that was promoted before, if any was. */
export function someTar(world: World, id: string): StoredObject | undefined {
  const tars = world.buckets.list(buckets.environments, '');
  return tars.length === 0 ? undefined : world.random.pick(`${id} tar`, tars);
}

export function overwriteTar({ world }: Simulation, id: string): void {
  const tar = someTar(world, id);
  if (tar !== undefined) world.buckets.put(buckets.environments, tar.name, `${tar.body} overwritten by ${id}`);
}
