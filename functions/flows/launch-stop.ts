import { isLockedDown } from '../core/guard.ts';
import type { FleetRegistry } from '../ports/fleet.ts';

/** Whether operators let nothing be launched: by a freeze, or by a lockdown, in which every sandbox would only refuse. */
export async function isLaunchStopped(runtime: string, fleet: FleetRegistry): Promise<boolean> {
  const [isFrozen, guard] = await Promise.all([fleet.isFrozen(runtime), fleet.guard()]);
  return isFrozen || isLockedDown(guard, runtime);
}
