import type { Command } from 'commander';
import type { Tenant } from '../../../core/records/tenant.ts';
import { registeredTenants } from '../../../core/rollout/fleet-snapshot.ts';
import type { Issue } from '../../../core/values/issues.ts';
import { CliError, type ExitCode, exitCodes, refuseIssues } from '../../errors.ts';
import { wrapText } from '../../output/text.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../../session.ts';
import type { OperatorCloud } from '../../target/connect.ts';
import type { CloudContext } from '../../target/target.ts';
import { provisionLocally } from './local-provisioner.ts';
import {
  type Additions,
  checkTenants,
  findJobIssues,
  findRegistrationConflicts,
  readRegistrations,
} from './registration.ts';

type AddOptions = OutputOptions & { runtime?: string; job?: string; wave?: string };
type Added = { tenant: string; job: string };

export function addTenantsAdd(tenants: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(tenants.command('add'))
    .description('Registers all of the tenants, or none if one is invalid. The local cloud creates their jobs too.')
    .argument('<tenant...>', 'the names of the tenants')
    .option('--runtime <runtime>', 'the runtime that gets the tenants (required)')
    .option('--job <name>', 'projects/P/locations/R/jobs/J, with {tenant} for the name of the tenant')
    .option('--wave <name>', 'the wave of the tenants')
    .action(runAction((names: string[], options: AddOptions) => addAll(names, options, session)));
}

async function addAll(tenants: string[], options: AddOptions, session: Session): Promise<ExitCode> {
  const target = openTarget(session, options);
  const { runtime = '', job, wave } = options;
  const issues: Issue[] = [];
  checkTenants(tenants, options.runtime, issues);
  const additions = job === undefined ? [] : readRegistrations(tenants, { runtime, job, wave }, issues);
  if (job === undefined) issues.push(...withoutJobIssues(options, target));
  refuseIssues('no tenant was added', issues);
  const cloud = await session.connect(target);
  const conflicts = await findConflicts(runtime, { tenants, registrations: additions }, cloud);
  if (conflicts.length > 0) throw new CliError(exitCodes.notConverged, 'no tenant was added', conflicts);
  const added: Added[] = [];
  for (const [index, tenant] of tenants.entries()) {
    const made = await addOne(additions[index] ?? { runtime, tenant }, target, cloud);
    if (made === 'exists') throw lostRace(tenant, added);
    added.push({ tenant, job: made });
    const line = `added ${tenant} to ${runtime} (${made})`;
    if (!options.json) session.out.write(`${wrapText(line, session.out.columns).join('\n')}\n`);
  }
  if (options.json) session.out.write(`${JSON.stringify({ runtime, added })}\n`);
  return exitCodes.ok;
}

async function findConflicts(
  runtime: string,
  additions: Additions,
  { fleet, launcher }: Pick<OperatorCloud, 'fleet' | 'launcher'>,
): Promise<Issue[]> {
  const runtimes = [...new Set([runtime, ...(await fleet.runtimes())])];
  const [own, ...others] = await Promise.all(runtimes.map((name) => fleet.tenants(name)));
  const known = registeredTenants(runtime, own ?? { records: [], unreadable: [] });
  const registered = [own, ...others].flatMap((listed) => listed?.records ?? []);
  return [
    ...findRegistrationConflicts(registered, known, additions),
    ...(await findJobIssues(additions.registrations, launcher)),
  ];
}

/** Issues of a command line without `--job`: only the local cloud creates jobs. */
function withoutJobIssues({ wave }: AddOptions, { provisioner }: CloudContext): Issue[] {
  if (provisioner === undefined) {
    return [
      { path: '--job', message: 'missing; in Google Cloud infra/gcp creates the job and permissions of a tenant' },
    ];
  }
  return wave === undefined
    ? []
    : [{ path: '--wave', message: 'requires --job: the local cloud registers tenants without a wave' }];
}

/** Registers a tenant; without a job the local cloud does it. @returns the job */
async function addOne(
  addition: Tenant | Pick<Tenant, 'runtime' | 'tenant'>,
  { provisioner = '' }: CloudContext,
  { registry }: OperatorCloud,
): Promise<string | 'exists'> {
  if (!('job' in addition)) return provisionLocally(provisioner, addition.runtime, addition.tenant);
  return (await registry.add(addition)) === 'exists' ? 'exists' : addition.job;
}

function lostRace(tenant: string, added: readonly Added[]): CliError {
  const before = added.length === 0 ? 'none was added' : `added were ${added.map((other) => other.tenant).join(', ')}`;
  return new CliError(exitCodes.notConverged, `another process registered ${tenant} at the same time; ${before}`);
}
