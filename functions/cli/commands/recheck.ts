import type { Command } from 'commander';
import type { RecheckRequest } from '../../core/messages/recheck-request.ts';
import { topics } from '../../core/messages/topics.ts';
import { registeredTenants } from '../../core/rollout/fleet-snapshot.ts';
import { hasFailed } from '../../core/rollout/wave-gate.ts';
import type { TenantView } from '../../core/status/tenant-view.ts';
import type { Issue } from '../../core/values/issues.ts';
import { readFleetStatus } from '../../flows/status/fleet-status.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { CliError, type ExitCode, exitCodes, refuseIssues } from '../errors.ts';
import { checkIdentifier, readNames } from '../options.ts';
import { summarizeTenants } from '../output/adoption-style.ts';
import { writeResult } from '../output/output.ts';
import { wrapText } from '../output/text.ts';
import { publish } from '../publish.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../session.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { noTenantFor } from '../target/known-runtimes.ts';

type RecheckOptions = OutputOptions & { tenants?: string; relaunch?: true };

export function addRecheck(program: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(program.command('recheck'))
    .summary('request a reconcile of the fleet')
    .description(
      'Requests a reconcile: it compares the assignments with the receipts and launches the tenants that are due.',
    )
    .argument('[runtime]', 'only this runtime')
    .option('--tenants <a,b>', 'only these tenants of the runtime')
    .option('--relaunch', 'launch refused, failed, unproven and waiting tenants now')
    .action(runAction((runtime: string | undefined, options: RecheckOptions) => recheck(runtime, options, session)));
}

async function recheck(runtime: string | undefined, options: RecheckOptions, session: Session): Promise<ExitCode> {
  const request = readRequest(runtime, options);
  const cloud = await session.connect(openTarget(session, options));
  await requireTenants(request, cloud.fleet);
  const settled = request.relaunch ? await settledTenants(request, cloud) : undefined;
  if (settled !== undefined) return reportNothingToRelaunch(settled, request, options, session);
  const messageId = await publish(cloud.messages, topics.fleetRecheck, request);
  const asked = `requested a reconcile of ${runtime ?? 'every runtime'} (message ${messageId})`;
  writeResult(options, session.out, { messageId, request }, [asked]);
  return exitCodes.ok;
}

/** The tenants in scope if a relaunch would launch none of them; else undefined. */
async function settledTenants(
  { runtime, tenants: scope }: RecheckRequest,
  cloud: OperatorCloud,
): Promise<TenantView[] | undefined> {
  const runtimes = runtime === undefined ? await cloud.fleet.runtimes() : [runtime];
  const views = await Promise.all(runtimes.map((name) => readFleetStatus(name, cloud)));
  const tenants = views.flatMap((view) => view?.tenants ?? []).filter(({ tenant }) => scope?.includes(tenant) ?? true);
  return tenants.every(({ adoption }) => adoption === 'ADOPTED' || adoption === 'HELD') ? tenants : undefined;
}

function reportNothingToRelaunch(
  tenants: readonly TenantView[],
  request: RecheckRequest,
  options: RecheckOptions,
  { out }: Session,
): ExitCode {
  const failed = tenants.filter(hasFailed).length;
  const summary = `nothing to relaunch: ${summarizeTenants(tenants)}`;
  const advice = failed === 0 ? '' : '; only `pincast execute TENANT` launches an adopted tenant again';
  writeResult(options, out, { messageId: null, request, failed }, wrapText(`${summary}${advice}`, out.columns));
  return failed === 0 ? exitCodes.ok : exitCodes.notConverged;
}

function readRequest(runtime: string | undefined, options: RecheckOptions): RecheckRequest {
  const issues: Issue[] = [];
  const tenants = readNames(options.tenants);
  if (runtime !== undefined) checkIdentifier(runtime, 'runtime', issues);
  if (runtime === undefined && tenants !== undefined) {
    issues.push({ path: '--tenants', message: 'requires a runtime: pincast recheck <runtime> --tenants …' });
  }
  for (const tenant of tenants ?? []) checkIdentifier(tenant, '--tenants', issues);
  refuseIssues('no recheck was requested', issues);
  return {
    ...(runtime !== undefined && { runtime }),
    ...(tenants && { tenants }),
    relaunch: options.relaunch ?? false,
  };
}

/** @throws CliError notFound, because a reconcile ignores unregistered tenants silently. */
async function requireTenants({ runtime, tenants = [] }: RecheckRequest, fleet: FleetRegistry): Promise<void> {
  if (runtime === undefined) return;
  const registered = registeredTenants(runtime, await fleet.tenants(runtime));
  if (registered.size === 0) throw await noTenantFor(runtime, fleet);
  const unknown = tenants.filter((tenant) => !registered.has(tenant));
  if (unknown.length === 0) return;
  throw new CliError(
    exitCodes.notFound,
    'no recheck was requested',
    unknown.map((tenant) => ({
      path: '--tenants',
      message: `${JSON.stringify(tenant)} is not a tenant of ${runtime}`,
    })),
  );
}
