import type { FleetRegistry } from '../../ports/fleet.ts';
import { CliError, exitCodes } from '../errors.ts';

/** `the runtimes are argon, codex`: a hint for an unknown name. */
export async function knownRuntimes(fleet: Pick<FleetRegistry, 'runtimes'>): Promise<string> {
  const runtimes = await fleet.runtimes();
  if (runtimes.length === 0) return 'no runtime has a tenant yet';
  return runtimes.length === 1 ? `the only runtime is ${runtimes[0]}` : `the runtimes are ${runtimes.join(', ')}`;
}

export async function noTenantFor(runtime: string, fleet: Pick<FleetRegistry, 'runtimes'>): Promise<CliError> {
  const message = `no tenant is registered for ${JSON.stringify(runtime)}; ${await knownRuntimes(fleet)}`;
  return new CliError(exitCodes.notFound, message);
}
