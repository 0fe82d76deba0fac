import type { Guard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import { buildRecordMetadata, type World } from '../model/world.ts';
import type { Simulation } from '../simulation.ts';
import { someTar } from './environments.ts';
import { someTenant } from './tenants.ts';

export function hold(simulation: Simulation, id: string): void {
  put(simulation, names.hold(...someTenant(simulation, id)));
}

export function unhold(simulation: Simulation, id: string): void {
  removeOne(simulation, id, 'holds/');
}

export function freeze(simulation: Simulation, id: string): void {
  put(simulation, names.freeze(simulation.world.random.pick(`${id} what`, ['all', ...simulation.runtimes])));
}

export function unfreeze(simulation: Simulation, id: string): void {
  removeOne(simulation, id, 'freezes/');
}

export function liftFreezes({ world }: Simulation): void {
  for (const { name } of world.buckets.list(buckets.control, names.freezes)) {
    world.buckets.delete(buckets.control, name);
  }
}

export function lockdown({ world, runtimes }: Simulation, id: string): void {
  setGuard(world, (guard) =>
    world.random.chance(`${id} all`, 0.5)
      ? { ...guard, lockdown: true }
      : { ...guard, lockdownRuntimes: [world.random.pick(`${id} runtime`, runtimes)] },
  );
}

export function liftLockdown({ world }: Simulation): void {
  setGuard(world, (guard) => ({ ...guard, lockdown: false, lockdownRuntimes: [] }));
}

export function revoke({ world }: Simulation, id: string): void {
  const tar = someTar(world, id);
  if (tar === undefined) return;
  setGuard(world, (guard) => ({ ...guard, revokedDigests: [...guard.revokedDigests, digestOf(tar.body)] }));
}

/** What was promoted last turns out to be bad, most often while it spreads. */
export function revokeNewest({ world, runtimes }: Simulation, id: string): void {
  const newest = world.watch.ledger.entries.get(world.random.pick(`${id} runtime`, runtimes))?.at(-1);
  if (newest === undefined) return;
  setGuard(world, (guard) => ({ ...guard, revokedDigests: [...guard.revokedDigests, newest.environmentTarDigest] }));
}

function put({ world }: Simulation, name: string): void {
  world.buckets.put(buckets.control, name, '{}', undefined, buildRecordMetadata('{}'));
}

function removeOne({ world }: Simulation, id: string, prefix: string): void {
  const found = world.buckets.list(buckets.control, prefix);
  if (found.length > 0) world.buckets.delete(buckets.control, world.random.pick(`${id} which`, found).name);
}

function setGuard({ buckets: stored }: World, change: (guard: Guard) => Guard): void {
  const guard = JSON.parse(stored.get(buckets.assignments, names.guard)?.body ?? '') as Guard;
  stored.put(buckets.assignments, names.guard, JSON.stringify(change(guard)));
}
