import type { Command } from 'commander';
import type { InputFault } from '../core/faults.ts';
import type { Rejection } from '../core/rejection.ts';
import { type RuntimeView, viewRuntime } from '../flows/view-runtime.ts';
import { summarizeAdoptions } from './adoption-style.ts';
import type { OperatorCloud } from './connect.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fleetTable } from './fleet-table.ts';
import { openTarget } from './open-target.ts';
import { orphanLines } from './orphan-lines.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';
import { checkIdentifier } from './read-option.ts';
import { rejectionLines } from './rejection-lines.ts';
import type { Session } from './session.ts';
import { refuseFaults, TerminalError } from './terminal-error.ts';
import { type OutputOptions, type Wiring, withOutputOptions } from './wiring.ts';

type StatusOptions = OutputOptions & { exitCode?: true };
export type Status = { fleets: RuntimeView[]; rejections: Rejection[] };

const REJECTIONS_SHOWN = 5;

export function addStatus(program: Command, { session, act }: Wiring): void {
  withOutputOptions(program.command('status'))
    .summary('show what every tenant runs, worst first')
    .description(
      'Shows the pin of a runtime, or of every one, what each tenant runs of it, and what was rejected lately.',
    )
    .argument('[runtime]', 'only this runtime')
    .option('--exit-code', 'exit 1 unless every tenant is ADOPTED')
    .action(act((runtime: string | undefined, options: StatusOptions) => status(runtime, options, session)));
}

async function status(runtime: string | undefined, options: StatusOptions, session: Session): Promise<ExitCode> {
  const faults: InputFault[] = [];
  if (runtime !== undefined) checkIdentifier(runtime, 'runtime', faults);
  refuseFaults('that is no runtime', faults);
  const cloud = await session.connect(openTarget(session, options));
  const seen = await readStatus(runtime, cloud);
  if (options.json) session.out.write(`${JSON.stringify(seen)}\n`);
  else for (const line of statusLines(seen, session.clock.now(), session.out)) session.out.write(`${line}\n`);
  return options.exitCode && !isAllAdopted(seen.fleets) ? exitCodes.notAsWanted : exitCodes.ok;
}

async function readStatus(runtime: string | undefined, cloud: OperatorCloud): Promise<Status> {
  const runtimes = runtime === undefined ? await cloud.fleet.runtimes() : [runtime];
  const [views, rejections] = await Promise.all([
    Promise.all(runtimes.map((name) => viewRuntime(name, cloud))),
    cloud.rejections.list(REJECTIONS_SHOWN),
  ]);
  const fleets = views.filter((view) => view !== undefined);
  if (runtime !== undefined && fleets.length === 0) {
    throw new TerminalError(exitCodes.notFound, `nothing is known of a runtime ${JSON.stringify(runtime)}`);
  }
  return { fleets, rejections };
}

/** Nobody is not everybody: a fleet without tenants proves nothing. */
function isAllAdopted(fleets: readonly RuntimeView[]): boolean {
  const tenants = fleets.flatMap((fleet) => fleet.tenants);
  return tenants.length > 0 && tenants.every(({ adoption }) => adoption === 'ADOPTED');
}

export function statusLines({ fleets, rejections }: Status, now: Date, output: Output): string[] {
  const parts = [
    ...fleets.map((fleet) => fleetLines(fleet, now, output)),
    ...rejections.map((rejection) => rejectionLines(rejection, now, output)),
  ];
  if (fleets.length === 0) parts.unshift(['no tenant is registered for any runtime']);
  return parts.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

function fleetLines(fleet: RuntimeView, now: Date, output: Output): string[] {
  const { runtime, revision, state, tenants, environmentTarUrl, environmentTarDigest } = fleet;
  const pin =
    revision === null
      ? ['  nothing was promoted yet']
      : [`  ${printable(environmentTarUrl ?? '')}`, `  ${environmentTarDigest ?? ''}`];
  const title = revision === null ? runtime : `${runtime}  revision ${revision}  ${state}`;
  const table = tenants.length === 0 ? ['no tenant is registered'] : fleetTable(tenants, now, output);
  const adoptions = `  ${summarizeAdoptions(tenants, output.paint)}`;
  return [output.paint('bold', title), ...pin, adoptions, '', ...table, ...orphanLines(fleet.orphans, now, output)];
}
