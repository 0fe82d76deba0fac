import { topics } from '#functions/core/messages/topics.ts';
import type { Simulation } from '../simulation.ts';
import { someTenant } from './tenants.ts';

export function recheck(simulation: Simulation, id: string): void {
  publishRecheck(simulation, id, {});
}

export function recheckSeveralTimes(simulation: Simulation, id: string): void {
  for (const part of ['a', 'b', 'c', 'd']) recheck(simulation, `${id}${part}`);
}

export function relaunch(simulation: Simulation, id: string): void {
  const [runtime, tenant] = someTenant(simulation, id);
  const isAll = simulation.world.random.chance(`${id} all`, 0.5);
  simulation.world.watch.verdicts.wishes.add(`${runtime}/${isAll ? '*' : tenant}`);
  publishRecheck(simulation, id, { runtime, ...(isAll ? {} : { tenants: [tenant] }), relaunch: true });
}

function publishRecheck({ world }: Simulation, id: string, request: object): void {
  world.pubsub.publish(`${id}-recheck`, topics.fleetRecheck, JSON.stringify(request));
}
