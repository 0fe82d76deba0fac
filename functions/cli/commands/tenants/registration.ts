import * as v from 'valibot';
import { type Tenant, tenantSchema } from '../../../core/records/tenant.ts';
import { parseRuntime } from '../../../core/values/identifier.ts';
import { collectIssue, type Issue } from '../../../core/values/issues.ts';
import { FORMAT_VERSION } from '../../../core/values/schemas.ts';
import type { Launcher } from '../../../ports/launcher.ts';
import { checkIdentifier } from '../../options.ts';

export type Additions = {
  tenants: readonly string[] /** Empty if the local cloud creates them. */;
  registrations: readonly Tenant[];
};

/** Checks the tenants of a command line; `--runtime` is required. */
export function checkTenants(tenants: readonly string[], runtime: string | undefined, issues: Issue[]): void {
  if (runtime === undefined) issues.push({ path: '--runtime', message: 'missing' });
  else collectIssue(issues, '--runtime', () => parseRuntime(runtime));
  for (const tenant of tenants) checkIdentifier(tenant, 'tenant', issues);
  const twice = new Set(tenants.filter((tenant, index) => tenants.indexOf(tenant) !== index));
  for (const tenant of twice) issues.push({ path: 'tenant', message: `${tenant} is named more than once` });
}

/**
 * Builds the registrations of a command line. `{tenant}` in the job is replaced by each tenant, because a job is one
 * tenant's sandbox: two tenants that share a job could adopt each other's receipts.
 */
export function readRegistrations(
  tenants: readonly string[],
  { runtime, job, wave }: { runtime: string; job: string; wave: string | undefined },
  issues: Issue[],
): Tenant[] {
  const isShared = tenants.length > 1 && !job.includes('{tenant}');
  if (isShared)
    issues.push({ path: '--job', message: 'belongs to one tenant; write {tenant} where the names of the jobs differ' });
  const [firstTenant = ''] = tenants;
  const checked = v.safeParse(tenantSchema.entries.job, job.replaceAll('{tenant}', firstTenant));
  if (!checked.success) issues.push({ path: '--job', message: checked.issues[0].message });
  return tenants.map((tenant) => ({
    formatVersion: FORMAT_VERSION,
    runtime,
    tenant,
    job: job.replaceAll('{tenant}', tenant),
    wave: wave ?? null,
  }));
}

/**
 * Finds tenants that are registered already, and jobs that belong to another tenant. Attack: two runtimes that share a job
 * could count each other's executions as their own.
 *
 * @param registered the registrations of every runtime.
 */
export function findRegistrationConflicts(
  registered: readonly Tenant[],
  known: ReadonlySet<string>,
  additions: Additions,
): Issue[] {
  const owners = new Map(registered.map((owner) => [owner.job, owner]));
  const taken = additions.tenants.filter((tenant) => known.has(tenant));
  return [
    ...taken.map((tenant) => ({ path: tenant, message: 'is registered already' })),
    ...additions.registrations.flatMap((addition) => {
      const owner = owners.get(addition.job);
      if (owner === undefined || isSameTenant(owner, addition)) return [];
      return [{ path: addition.tenant, message: `${addition.job} is the job of ${owner.runtime}/${owner.tenant}` }];
    }),
  ];
}

function isSameTenant(a: Tenant, b: Tenant): boolean {
  return a.runtime === b.runtime && a.tenant === b.tenant;
}

/** Finds jobs that are absent, or whose failed tasks Cloud Run retries by itself. */
export async function findJobIssues(registrations: readonly Tenant[], launcher: Launcher): Promise<Issue[]> {
  const issues = registrations.map(async ({ tenant, job }) => {
    const found = await launcher.job(job);
    if (found === undefined) return [{ path: tenant, message: `${job} does not exist; create it first` }];
    if (found.maxRetries === 0) return [];
    const remedy = 'Pincast retries by launching; set it to 0 (gcloud run jobs update … --max-retries 0)';
    return [{ path: tenant, message: `${job} has maxRetries ${found.maxRetries}: ${remedy}` }];
  });
  return (await Promise.all(issues)).flat();
}
