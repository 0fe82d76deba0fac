import { isLockedDown } from '../../core/records/guard.ts';
import type { LaunchControls } from '../../core/rollout/fleet-snapshot.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';

export async function readLaunchControls(runtime: string, fleet: FleetRegistry): Promise<LaunchControls> {
  const [isFrozen, guard] = await Promise.all([fleet.isFrozen(runtime), fleet.guard()]);
  return { frozen: isFrozen || isLockedDown(guard, runtime), revokedDigests: new Set(guard.revokedDigests) };
}
