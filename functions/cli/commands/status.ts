import type { Command } from 'commander';
import type { Rejection } from '../../core/records/rejection.ts';
import type { Issue } from '../../core/values/issues.ts';
import { type RuntimeStatus, readFleetStatus } from '../../flows/status/fleet-status.ts';
import { CliError, type ExitCode, exitCodes, refuseIssues } from '../errors.ts';
import { checkIdentifier } from '../options.ts';
import { summarizeTenants } from '../output/adoption-style.ts';
import { fleetTable } from '../output/fleet-table.ts';
import { type Output, writeResult } from '../output/output.ts';
import { recentRejectionLines, runtimeOf } from '../output/rejection.ts';
import { rolloutLines } from '../output/rollout.ts';
import { isTenantWell, readTenant, type TenantStatus, tenantLines } from '../output/tenant-status.ts';
import { orphanLines, unreadableLines } from '../output/warnings.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../session.ts';
import type { OperatorCloud } from '../target/connect.ts';
import { knownRuntimes } from '../target/known-runtimes.ts';

type StatusOptions = OutputOptions & { exitCode?: true };
type FleetStatus = { fleets: RuntimeStatus[]; rejections: Rejection[] };

/** The size of one list page. */
const REJECTIONS_READ = 1_000;

export function addStatus(program: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(program.command('status'))
    .summary('show what each tenant runs, failures first')
    .description(
      'Shows the rollouts of one runtime or of all: the pin, its promoter and reason, what each tenant runs, and the last good revision.',
    )
    .argument('[name]', 'only this runtime, or only this tenant')
    .option('--exit-code', "exit 1 unless every target's rollout is SUCCEEDED")
    .action(runAction((name: string | undefined, options: StatusOptions) => status(name, options, session)));
}

async function status(name: string | undefined, options: StatusOptions, session: Session): Promise<ExitCode> {
  const issues: Issue[] = [];
  if (name !== undefined) checkIdentifier(name, 'name', issues);
  refuseIssues('invalid name', issues);
  const cloud = await session.connect(openTarget(session, options));
  const seen = await readStatus(name, cloud);
  const isTenant = 'tenants' in seen;
  const now = session.clock.now();
  const lines = isTenant ? tenantLines(seen.tenants, now, session.out) : fleetLines(seen, now, session.out);
  writeResult(options, session.out, seen, lines);
  const isWell = isTenant ? seen.tenants.every(isTenantWell) : areWell(seen.fleets);
  return options.exitCode && !isWell ? exitCodes.notConverged : exitCodes.ok;
}

/** Reads a runtime or a tenant; a runtime takes precedence. */
async function readStatus(
  name: string | undefined,
  cloud: OperatorCloud,
): Promise<FleetStatus | { tenants: TenantStatus[] }> {
  const runtimes = name === undefined ? await cloud.fleet.runtimes() : [name];
  const [views, rejections] = await Promise.all([
    Promise.all(runtimes.map((runtime) => readFleetStatus(runtime, cloud))),
    cloud.rejections.list(REJECTIONS_READ),
  ]);
  const fleets = views.filter((view) => view !== undefined);
  if (name === undefined) return { fleets, rejections };
  if (fleets.length > 0) return { fleets, rejections: rejections.filter((rejection) => runtimeOf(rejection) === name) };
  const tenants = await readTenant(name, cloud);
  if (tenants.length > 0) return { tenants };
  const known = await knownRuntimes(cloud.fleet);
  throw new CliError(exitCodes.notFound, `${JSON.stringify(name)} is neither a runtime nor a tenant; ${known}`);
}

/** True if every rollout SUCCEEDED. Fleets without tenants or rollouts, and unreadable objects, prove nothing. */
function areWell(fleets: readonly RuntimeStatus[]): boolean {
  return (
    fleets.some(({ tenants }) => tenants.length > 0) &&
    fleets.every(({ rollouts, tenants, unreadable }) => {
      if (unreadable.length > 0) return false;
      if (tenants.length === 0) return true;
      return rollouts.length > 0 && rollouts.every(({ state }) => state === 'SUCCEEDED');
    })
  );
}

function fleetLines({ fleets, rejections }: FleetStatus, now: Date, output: Output): string[] {
  const parts = [
    ...fleets.flatMap((fleet) => runtimeParts(fleet, now, output)),
    recentRejectionLines(rejections, now, output),
  ];
  if (fleets.length === 0) parts.unshift(['no tenant is registered for any runtime']);
  const shown = parts.filter((lines) => lines.length > 0);
  return shown.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

/** One part for each live target, then tenants without a target, unreadable objects and orphans. */
function runtimeParts(fleet: RuntimeStatus, now: Date, output: Output): string[][] {
  const { runtime, rollouts, tenants, revision } = fleet;
  const title = output.paint('bold', runtime);
  const promoted = revision === null ? 'no promotion yet' : `revision ${revision} is the newest`;
  const unreadable = unreadableLines(runtime, fleet.unreadable, output);
  if (tenants.length === 0) {
    const registered = unreadable.length === 0 ? '  no tenant is registered' : '  no tenant can be read';
    return [[title, `  ${promoted}`, registered], unreadable];
  }
  const without = tenants.filter(({ target }) => target === null);
  const summary = [title, revision === null ? `  ${promoted}` : '  no promotion includes these tenants'];
  return [
    ...rollouts.map((rollout) => rolloutLines(fleet, rollout, now, output)),
    without.length === 0
      ? []
      : [...summary, `  ${summarizeTenants(without, output.paint)}`, '', ...fleetTable(without, now, output)],
    unreadable,
    orphanLines(fleet.orphans, now, output),
  ];
}
