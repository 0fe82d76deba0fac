import { names } from '#functions/core/records/object-names.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { buckets } from '../model/names.ts';
import { parsed, tenantsOf } from '../model/records.ts';
import type { World } from '../model/world.ts';
import type { Simulation } from '../simulation.ts';

/** Runtime and name of a registered tenant, or of `acme` if none is registered. */
export function someTenant(simulation: Simulation, id: string): [string, string] {
  const known = tenantsOf(simulation.world);
  if (known.length === 0) return [simulation.runtimes[0] ?? 'codex', 'acme'];
  const { runtime, tenant } = simulation.world.random.pick(`${id} tenant`, known);
  return [runtime, tenant];
}

/** The name of the job that is registered, or else of the one that a registration would name. */
export function jobOf(world: World, runtime: string, tenant: string, region = 'r1'): string {
  const stored = parsed<Tenant>(world.buckets.get(buckets.control, names.tenant(runtime, tenant))?.body);
  if (stored !== undefined) return stored.job;
  return `projects/p1/locations/${region}/jobs/${runtime}-${tenant}`;
}

export function addTenant({ world, maxRetries }: Simulation, runtime: string, tenant: string, region = 'r1'): void {
  const job = jobOf(world, runtime, tenant, region);
  world.register({ formatVersion: FORMAT_VERSION, runtime, tenant, job, wave: null }, maxRetries);
}

export function addSomeTenant(simulation: Simulation, id: string): void {
  addTenant(simulation, simulation.world.random.pick(`${id} runtime`, simulation.runtimes), id);
}

/** Infrastructure takes the registration first, then the job. */
export function removeTenant(simulation: Simulation, id: string): void {
  const { world } = simulation;
  const [runtime, tenant] = someTenant(simulation, id);
  const job = jobOf(world, runtime, tenant);
  if (world.buckets.get(buckets.control, names.tenant(runtime, tenant)) === undefined) return;
  world.buckets.delete(buckets.control, names.tenant(runtime, tenant));
  world.timeline.after(1_000, () => world.run.jobs.delete(job));
}
