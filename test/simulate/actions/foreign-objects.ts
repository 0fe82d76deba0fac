import { names } from '#functions/core/records/object-names.ts';
import { buckets } from '../model/names.ts';
import { buildRecordMetadata } from '../model/world.ts';
import type { Simulation } from '../simulation.ts';
import { someTenant } from './tenants.ts';

/** What a person leaves in a bucket: the console makes an empty object for a folder; notes; objects of a later version. */
export function clutter({ world, runtimes }: Simulation, id: string): void {
  const runtime = world.random.pick(`${id} runtime`, runtimes);
  const [bucket, name, body] = world.random.pick(`${id} what`, [
    [buckets.pins, `${runtime}/`, ''],
    [buckets.assignments, `${runtime}/`, ''],
    [buckets.assignments, `${runtime}/notes.json`, 'remember to ask about this one'],
    [buckets.control, `tenants/${runtime}/`, ''],
    [buckets.control, 'tenants/', ''],
    [buckets.control, `tenants/${runtime}/readme.json`, 'who may add tenants here?'],
    [buckets.control, `tenants/${runtime}/later.json`, '{"formatVersion":2,"name":"later"}'],
    [buckets.control, `holds/${runtime}/`, ''],
    [buckets.control, 'freezes/', ''],
    [buckets.control, 'rejections/', ''],
    [buckets.control, 'rejections/notes.json', '[]'],
    [buckets.receipts, 'acme/', ''],
    [buckets.receipts, `acme/${runtime}/notes.json`, 'null'],
    [buckets.environments, `${runtime}/`, ''],
  ] as const);
  if (world.buckets.get(bucket, name) === undefined) world.buckets.put(bucket, name, body);
}

/** An editor or another program spoils the record of one tenant; in the end an operator puts it back. */
export function corrupt(simulation: Simulation, id: string): void {
  const { world, corrupted } = simulation;
  const [runtime, tenant] = someTenant(simulation, id);
  const [bucket, name] = world.random.pick(`${id} record`, [
    [buckets.control, names.tenant(runtime, tenant)],
    [buckets.assignments, names.assignment(runtime, tenant)],
  ] as const);
  const stored = world.buckets.get(bucket, name);
  if (stored === undefined || corrupted.has(`${bucket}/${name}`)) return;
  world.watch.orphans.unreadable.add(`${runtime}/${tenant}`);
  corrupted.set(`${bucket}/${name}`, { bucket, name, body: stored.body });
  const body = world.random.pick(`${id} body`, [
    '',
    '{',
    '{}',
    '[]',
    '{"formatVersion":2}',
    stored.body.replace(runtime, 'other'),
  ]);
  world.buckets.put(
    bucket,
    name,
    body,
    undefined,
    world.random.chance(`${id} metadata`, 0.5) ? buildRecordMetadata(body) : {},
  );
}

export function repair({ world, corrupted }: Simulation): void {
  for (const { bucket, name, body } of corrupted.values()) {
    if (world.buckets.get(bucket, name) !== undefined)
      world.buckets.put(bucket, name, body, undefined, buildRecordMetadata(body));
  }
  corrupted.clear();
}
