import type { Simulation } from '../simulation.ts';
import { jobOf, someTenant } from './tenants.ts';

/** "Execute" in the console, or the job's own schedule: no environment is given. */
export function consoleRun(simulation: Simulation, id: string): void {
  const { world } = simulation;
  const job = jobOf(world, ...someTenant(simulation, id));
  try {
    if (world.run.jobs.has(job)) world.run.run(job, {});
  } catch {
    world.note('the console is told that the quota is exhausted');
  }
}

/** A run with a made-up launch id, by a person who may override the job's environment. */
export function strayRun(simulation: Simulation, id: string): void {
  const { world } = simulation;
  const job = jobOf(world, ...someTenant(simulation, id));
  try {
    if (world.run.jobs.has(job)) world.run.run(job, { PINCAST_LAUNCH_ID: `made-up-${id}` });
  } catch {
    world.note('the operator is told that the quota is exhausted');
  }
}

export function cancel({ world }: Simulation, id: string): void {
  const open = [...world.run.executions.values()].filter((execution) => world.run.isRunning(execution));
  if (open.length > 0) world.run.cancel(world.random.pick(`${id} which`, open));
}

/** Cloud Run or a person deletes ended executions. */
export function forget({ world }: Simulation, id: string): void {
  const over = [...world.run.executions.values()].filter((execution) => !world.run.isRunning(execution));
  for (const { name } of over) if (world.random.chance(`${id} ${name}`, 0.5)) world.run.executions.delete(name);
}

export function deleteJob(simulation: Simulation, id: string): void {
  const [runtime, tenant] = someTenant(simulation, id);
  simulation.world.run.jobs.delete(jobOf(simulation.world, runtime, tenant));
}

/** Deploys the job with another entrypoint, which exits 0 without a receipt. The next such event restores the entrypoint. */
export function deployForeignEntrypoint(simulation: Simulation, id: string): void {
  const job = simulation.world.run.jobs.get(jobOf(simulation.world, ...someTenant(simulation, id)));
  if (job !== undefined) job.isForeign = !job.isForeign;
}
