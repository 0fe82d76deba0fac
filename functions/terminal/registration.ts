import * as v from 'valibot';
import type { InputFault } from '../core/faults.ts';
import { FORMAT_VERSION } from '../core/record.ts';
import { type Tenant, tenantSchema } from '../core/tenant.ts';
import { checkIdentifier } from './read-option.ts';

/** The tenants of a command line, checked; `--runtime` is needed in any case. */
export function checkTenants(tenants: readonly string[], runtime: string | undefined, faults: InputFault[]): void {
  if (runtime === undefined) faults.push({ path: '--runtime', message: 'missing' });
  else checkIdentifier(runtime, '--runtime', faults);
  for (const tenant of tenants) checkIdentifier(tenant, 'tenant', faults);
  const twice = new Set(tenants.filter((tenant, index) => tenants.indexOf(tenant) !== index));
  for (const tenant of twice) faults.push({ path: 'tenant', message: `${tenant} is named more than once` });
}

/**
 * The registrations of a command line. `{tenant}` in the job stands for each tenant: a job is one tenant's sandbox, and
 * two tenants that shared one could take each other's receipts for their own.
 */
export function readRegistrations(
  tenants: readonly string[],
  runtime: string,
  job: string,
  wave: string | undefined,
  faults: InputFault[],
): Tenant[] {
  const isShared = tenants.length > 1 && !job.includes('{tenant}');
  if (isShared) faults.push({ path: '--job', message: 'is one tenant’s job; write {tenant} where their names differ' });
  const [firstTenant = ''] = tenants;
  const checked = v.safeParse(tenantSchema.entries.job, job.replaceAll('{tenant}', firstTenant));
  if (!checked.success) faults.push({ path: '--job', message: `expected projects/P/locations/R/jobs/J, got ${job}` });
  return tenants.map((tenant) => ({
    formatVersion: FORMAT_VERSION,
    runtime,
    tenant,
    job: job.replaceAll('{tenant}', tenant),
    wave: wave ?? null,
  }));
}

/** What stands in the way of registering: the tenant is there already, or the job is another's. */
export function conflictsWith(
  registered: readonly Tenant[],
  tenants: readonly string[],
  additions: readonly Tenant[],
): InputFault[] {
  const known = new Set(registered.map(({ tenant }) => tenant));
  const owners = new Map(registered.map(({ job, tenant }) => [job, tenant]));
  const taken = tenants.filter((tenant) => known.has(tenant));
  const foreign = additions.filter(({ job, tenant }) => owners.has(job) && owners.get(job) !== tenant);
  return [
    ...taken.map((tenant) => ({ path: tenant, message: 'is registered already' })),
    ...foreign.map(({ tenant, job }) => ({ path: tenant, message: `${job} is the job of ${owners.get(job)}` })),
  ];
}
