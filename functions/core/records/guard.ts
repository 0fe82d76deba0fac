import * as v from 'valibot';
import type { Digest } from '../values/digest.ts';
import { digest, FORMAT_VERSION, formatVersion, identifier } from '../values/schemas.ts';

/** `guard.json`: lockdowns and revoked digests, which override every assignment. It always exists. */
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

/** Why the guard forbids this pin now; undefined if it allows the pin. */
export function guardRefusal(guard: Guard, runtime: string, pinned: Digest): GuardRefusal | undefined {
  if (guard.revokedDigests.includes(pinned)) return REVOKED;
  return isLockedDown(guard, runtime) ? 'LOCKED_DOWN' : undefined;
}

/** True if no sandbox of the runtime may start a workload. */
export function isLockedDown({ lockdown, lockdownRuntimes }: Guard, runtime: string): boolean {
  return lockdown || lockdownRuntimes.includes(runtime);
}
