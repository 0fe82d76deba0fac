import type { Command } from 'commander';
import { registeredTenants } from '../../../core/rollout/fleet-snapshot.ts';
import type { Issue } from '../../../core/values/issues.ts';
import { CliError, type ExitCode, exitCodes, refuseIssues } from '../../errors.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../../session.ts';
import type { OperatorCloud } from '../../target/connect.ts';
import type { CloudContext } from '../../target/target.ts';
import { removeLocally } from './local-provisioner.ts';
import { checkTenants } from './registration.ts';

type RemoveOptions = OutputOptions & { runtime?: string };

export function addTenantsRemove(tenants: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(tenants.command('remove'))
    .description('Removes tenants from a fleet. Pincast stops launching them; their receipts stay.')
    .argument('<tenant...>', 'the names of the tenants')
    .option('--runtime <runtime>', 'the runtime of the tenants (required)')
    .action(runAction((names: string[], options: RemoveOptions) => removeAll(names, options, session)));
}

async function removeAll(tenants: string[], options: RemoveOptions, session: Session): Promise<ExitCode> {
  const target = openTarget(session, options);
  const { runtime = '' } = options;
  const issues: Issue[] = [];
  checkTenants(tenants, options.runtime, issues);
  refuseIssues('no tenant was removed', issues);
  const cloud = await session.connect(target);
  await requireRegistered(tenants, runtime, cloud);
  const removed: string[] = [];
  for (const tenant of tenants) {
    if ((await removeOne(tenant, runtime, target, cloud)) !== 'removed') throw lostRace(tenant, removed);
    removed.push(tenant);
    if (!options.json) session.out.write(`removed ${tenant} from ${runtime}\n`);
  }
  if (options.json) session.out.write(`${JSON.stringify({ runtime, removed })}\n`);
  return exitCodes.ok;
}

async function requireRegistered(tenants: readonly string[], runtime: string, { fleet }: OperatorCloud): Promise<void> {
  const registered = registeredTenants(runtime, await fleet.tenants(runtime));
  const absent = tenants.filter((tenant) => !registered.has(tenant));
  if (absent.length === 0) return;
  const issues = absent.map((tenant) => ({ path: tenant, message: `is not a tenant of ${runtime}` }));
  throw new CliError(exitCodes.notConverged, 'no tenant was removed', issues);
}

function removeOne(tenant: string, runtime: string, { provisioner }: CloudContext, { registry }: OperatorCloud) {
  return provisioner === undefined ? registry.remove(runtime, tenant) : removeLocally(provisioner, runtime, tenant);
}

function lostRace(tenant: string, removed: readonly string[]): CliError {
  const before = removed.length === 0 ? 'none was removed' : `removed were ${removed.join(', ')}`;
  return new CliError(exitCodes.notConverged, `another process removed ${tenant} at the same time; ${before}`);
}
