import type { Stage } from './stage.ts';

/** A service refuses everything for a while. */
export function outage({ world }: Stage, id: string): void {
  const service = world.fate.pick(`${id} service`, ['storage', 'run', 'pubsub']);
  world.outages.set(service, world.timeline.now + world.fate.between(`${id} length`, 2_000, 150_000));
}
