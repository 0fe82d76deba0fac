import { topics } from '#functions/core/messages/topics.ts';
import { someTenant } from './fleet.ts';
import type { Stage } from './stage.ts';

export function recheck(stage: Stage, id: string): void {
  publishRecheck(stage, id, {});
}

export function recheckSeveralTimes(stage: Stage, id: string): void {
  for (const part of ['a', 'b', 'c', 'd']) recheck(stage, `${id}${part}`);
}

export function relaunch(stage: Stage, id: string): void {
  const [runtime, tenant] = someTenant(stage, id);
  const isAll = stage.world.fate.chance(`${id} all`, 0.5);
  stage.world.watch.verdicts.wishes.add(`${runtime}/${isAll ? '*' : tenant}`);
  publishRecheck(stage, id, { runtime, ...(isAll ? {} : { tenants: [tenant] }), relaunch: true });
}

function publishRecheck({ world }: Stage, id: string, request: object): void {
  world.pubsub.publish(`${id}-recheck`, topics.fleetRecheck, JSON.stringify(request));
}
