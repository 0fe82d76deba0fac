import * as v from 'valibot';
import type { Digest } from '../values/digest.ts';
import { digest, FORMAT_VERSION, formatVersion, identifier } from '../values/schemas.ts';

/** `guard.json`: what no sandbox may do, whatever its assignment says. It always exists. */
export const guardSchema = v.object({
  formatVersion,
  lockdown: v.boolean(),
  lockdownRuntimes: v.array(identifier),
  revokedDigests: v.array(digest),
});
export type Guard = v.InferOutput<typeof guardSchema>;

export const openGuard: Guard = {
  formatVersion: FORMAT_VERSION,
  lockdown: false,
  lockdownRuntimes: [],
  revokedDigests: [],
};

export const REVOKED = 'REVOKED';
export type GuardRefusal = 'LOCKED_DOWN' | typeof REVOKED;

/** Why this pin may not run now; undefined where it may. */
export function guardRefusal(guard: Guard, runtime: string, pinned: Digest): GuardRefusal | undefined {
  if (guard.revokedDigests.includes(pinned)) return REVOKED;
  return isLockedDown(guard, runtime) ? 'LOCKED_DOWN' : undefined;
}

/** No sandbox of the runtime starts a workload. */
export function isLockedDown({ lockdown, lockdownRuntimes }: Guard, runtime: string): boolean {
  return lockdown || lockdownRuntimes.includes(runtime);
}
