import type { Command } from 'commander';
import type { Tenant } from '../../../core/records/tenant.ts';
import type { Issue } from '../../../core/values/issues.ts';
import { type ExitCode, exitCodes, refuseIssues } from '../../errors.ts';
import { checkIdentifier } from '../../options.ts';
import { writeResult } from '../../output/output.ts';
import { renderTable } from '../../output/table.ts';
import { sanitizeForTerminal } from '../../output/text.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../../session.ts';
import { noTenantFor } from '../../target/known-runtimes.ts';

export function addTenantsList(tenants: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(tenants.command('list'))
    .description('Lists the registered tenants.')
    .argument('[runtime]', 'only the tenants of this runtime')
    .action(runAction((runtime: string | undefined, options: OutputOptions) => listTenants(runtime, options, session)));
}

async function listTenants(runtime: string | undefined, options: OutputOptions, session: Session): Promise<ExitCode> {
  const issues: Issue[] = [];
  if (runtime !== undefined) checkIdentifier(runtime, 'runtime', issues);
  refuseIssues('invalid runtime', issues);
  const { fleet } = await session.connect(openTarget(session, options));
  const runtimes = runtime === undefined ? await fleet.runtimes() : [runtime];
  const listed = await Promise.all(runtimes.map((name) => fleet.tenants(name)));
  const tenants = listed.flatMap(({ records }) => records);
  const unreadable = listed.flatMap((found) => found.unreadable);
  if (runtime !== undefined && tenants.length + unreadable.length === 0) throw await noTenantFor(runtime, fleet);
  for (const { object, why } of unreadable)
    session.err.write(`cannot read ${sanitizeForTerminal(object)}: ${sanitizeForTerminal(why)}\n`);
  const isEmpty = tenants.length === 0;
  if (isEmpty && !options.json) session.err.write('no tenant is registered for any runtime\n');
  writeResult(options, session.out, { tenants, unreadable }, isEmpty ? [] : tenantTable(tenants, session));
  return exitCodes.ok;
}

function tenantTable(tenants: readonly Tenant[], { out }: Session): string[] {
  const columns = [{ title: 'RUNTIME' }, { title: 'TENANT' }, { title: 'WAVE' }, { title: 'JOB' }];
  const rows = tenants.map(({ runtime, tenant, wave, job }) => [
    runtime,
    tenant,
    sanitizeForTerminal(wave ?? ''),
    sanitizeForTerminal(job),
  ]);
  return renderTable(columns, rows, out);
}
