import type { FleetRegistry } from '../ports/fleet.ts';

/** `the runtimes are argon, codex`, for whoever mistyped one. */
export async function knownRuntimes(fleet: Pick<FleetRegistry, 'runtimes'>): Promise<string> {
  const runtimes = await fleet.runtimes();
  if (runtimes.length === 0) return 'no runtime has a tenant yet';
  return runtimes.length === 1 ? `the only runtime is ${runtimes[0]}` : `the runtimes are ${runtimes.join(', ')}`;
}
