import { isLockedDown } from '../../core/records/guard.ts';
import type { Digest } from '../../core/values/digest.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';

/** What operators say about launches of a runtime. */
export type LaunchControls = {
  /** Nothing is launched: a freeze, or a lockdown, in which every sandbox would only refuse. */
  frozen: boolean;
  /** Spec: a revoked digest is neither assigned nor launched, because no sandbox may run it. */
  revokedDigests: ReadonlySet<Digest>;
};

export async function readLaunchControls(runtime: string, fleet: FleetRegistry): Promise<LaunchControls> {
  const [isFrozen, guard] = await Promise.all([fleet.isFrozen(runtime), fleet.guard()]);
  return { frozen: isFrozen || isLockedDown(guard, runtime), revokedDigests: new Set(guard.revokedDigests) };
}
