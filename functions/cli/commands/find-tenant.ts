import type { Tenant } from '../../core/records/tenant.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { CliError, usageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';

/** Finds a tenant by name. The runtime is required only if several have the tenant. @throws CliError */
export async function findTenant(
  tenant: string,
  runtime: string | undefined,
  fleet: Pick<FleetRegistry, 'runtimes' | 'tenant'>,
): Promise<Tenant> {
  const runtimes = runtime === undefined ? await fleet.runtimes() : [runtime];
  const found = await Promise.all(runtimes.map((name) => fleet.tenant(name, tenant)));
  const [first, ...others] = found.filter((registration) => registration !== undefined);
  if (first === undefined) {
    const where = runtime === undefined ? 'of any runtime' : `of ${runtime}`;
    throw new CliError(exitCodes.notFound, `${JSON.stringify(tenant)} is not a tenant ${where}`);
  }
  if (others.length === 0) return first;
  const names = [first, ...others].map((registration) => registration.runtime).join(', ');
  throw usageError(`${JSON.stringify(tenant)} is a tenant of ${names}: choose one with --runtime`);
}
