import { projectRegionOf } from '../model/cloud/cloud-run.ts';
import type { Simulation } from '../simulation.ts';

/** A service refuses everything for a while. */
export function outage({ world }: Simulation, id: string): void {
  const service = world.random.pick(`${id} service`, ['storage', 'run', 'pubsub']);
  world.outages.set(service, world.timeline.now + world.random.between(`${id} length`, 2_000, 150_000));
}

/** In one place Cloud Run answers every call late, or later than its callers wait. */
export function hang({ world }: Simulation, id: string): void {
  const places = [...new Set([...world.run.jobs.keys()].map(projectRegionOf))];
  if (places.length === 0) return;
  const until = world.timeline.now + world.random.between(`${id} length`, 20_000, 300_000);
  const milliseconds = world.random.between(`${id} answer`, 3_000, 40_000);
  world.hangs.set(world.random.pick(`${id} place`, places), { until, milliseconds });
}
