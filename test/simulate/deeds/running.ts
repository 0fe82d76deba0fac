import { jobOf, someTenant } from './fleet.ts';
import type { Stage } from './stage.ts';

/** "Execute" in the console, or the job's own schedule: no environment is given. */
export function consoleRun(stage: Stage, id: string): void {
  const { world } = stage;
  const job = jobOf(world, ...someTenant(stage, id));
  try {
    if (world.run.jobs.has(job)) world.run.run(job, {});
  } catch {
    world.note('the console is told that the quota is exhausted');
  }
}

/** A run with a made-up launch id, by a person who may override the job's environment. */
export function strayRun(stage: Stage, id: string): void {
  const { world } = stage;
  const job = jobOf(world, ...someTenant(stage, id));
  try {
    if (world.run.jobs.has(job)) world.run.run(job, { PINCAST_LAUNCH_ID: `made-up-${id}` });
  } catch {
    world.note('the operator is told that the quota is exhausted');
  }
}

export function cancel({ world }: Stage, id: string): void {
  const open = [...world.run.executions.values()].filter((execution) => world.run.isRunning(execution));
  if (open.length > 0) world.run.cancel(world.fate.pick(`${id} which`, open));
}

/** Cloud Run or a person deletes ended executions. */
export function forget({ world }: Stage, id: string): void {
  const over = [...world.run.executions.values()].filter((execution) => !world.run.isRunning(execution));
  for (const { name } of over) if (world.fate.chance(`${id} ${name}`, 0.5)) world.run.executions.delete(name);
}

export function deleteJob(stage: Stage, id: string): void {
  const [runtime, tenant] = someTenant(stage, id);
  stage.world.run.jobs.delete(jobOf(stage.world, runtime, tenant));
}

/** Deploys the job with another entrypoint, which exits 0 without a receipt. The next such event restores the entrypoint. */
export function deployForeignEntrypoint(stage: Stage, id: string): void {
  const job = stage.world.run.jobs.get(jobOf(stage.world, ...someTenant(stage, id)));
  if (job !== undefined) job.isForeign = !job.isForeign;
}
