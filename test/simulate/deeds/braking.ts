import type { Guard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import { buildRecordMetadata, type World } from '../model/world.ts';
import { someTenant } from './fleet.ts';
import type { Stage } from './stage.ts';
import { someTar } from './tars.ts';

export function hold(stage: Stage, id: string): void {
  put(stage, names.hold(...someTenant(stage, id)));
}

export function unhold(stage: Stage, id: string): void {
  removeOne(stage, id, 'holds/');
}

export function freeze(stage: Stage, id: string): void {
  put(stage, names.freeze(stage.world.fate.pick(`${id} what`, ['all', ...stage.runtimes])));
}

export function unfreeze(stage: Stage, id: string): void {
  removeOne(stage, id, 'freezes/');
}

export function liftFreezes({ world }: Stage): void {
  for (const { name } of world.buckets.list(buckets.control, names.freezes)) {
    world.buckets.delete(buckets.control, name);
  }
}

export function lockdown({ world, runtimes }: Stage, id: string): void {
  setGuard(world, (guard) =>
    world.fate.chance(`${id} all`, 0.5)
      ? { ...guard, lockdown: true }
      : { ...guard, lockdownRuntimes: [world.fate.pick(`${id} runtime`, runtimes)] },
  );
}

export function liftLockdown({ world }: Stage): void {
  setGuard(world, (guard) => ({ ...guard, lockdown: false, lockdownRuntimes: [] }));
}

export function revoke({ world }: Stage, id: string): void {
  const tar = someTar(world, id);
  if (tar === undefined) return;
  setGuard(world, (guard) => ({ ...guard, revokedDigests: [...guard.revokedDigests, digestOf(tar.body)] }));
}

/** What was promoted last turns out to be bad, most often while it spreads. */
export function revokeNewest({ world, runtimes }: Stage, id: string): void {
  const newest = world.watch.ledger.entries.get(world.fate.pick(`${id} runtime`, runtimes))?.at(-1);
  if (newest === undefined) return;
  setGuard(world, (guard) => ({ ...guard, revokedDigests: [...guard.revokedDigests, newest.environmentTarDigest] }));
}

function put({ world }: Stage, name: string): void {
  world.buckets.put(buckets.control, name, '{}', undefined, buildRecordMetadata('{}'));
}

function removeOne({ world }: Stage, id: string, prefix: string): void {
  const found = world.buckets.list(buckets.control, prefix);
  if (found.length > 0) world.buckets.delete(buckets.control, world.fate.pick(`${id} which`, found).name);
}

function setGuard({ buckets: stored }: World, change: (guard: Guard) => Guard): void {
  const guard = JSON.parse(stored.get(buckets.assignments, names.guard)?.body ?? '') as Guard;
  stored.put(buckets.assignments, names.guard, JSON.stringify(change(guard)));
}
