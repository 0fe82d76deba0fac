import type { Check } from './check.ts';
import { checks as allChecks } from './checks/checks.ts';
import type { VerifyCloud } from './cloud/cloud.ts';
import { connectEmulated, startEmulated } from './cloud/emulated.ts';
import { connectGoogle } from './cloud/google.ts';
import { leftovers } from './leftovers.ts';
import { type Options, parseOptions, UsageError } from './options.ts';
import { formatPlan } from './plan.ts';
import { projectRefusal } from './project-guard.ts';
import { exitCodeOf, formatLines, formatTable } from './report.ts';
import { type Result, runChecks } from './run-checks.ts';

export type Io = {
  /** Verdicts. */
  out: (text: string) => void;
  /** Plan, progress, errors. */
  err: (text: string) => void;
  /** Whether `out` is a terminal. */
  isTerminal: boolean;
  /** Asks the person; undefined where there is none. */
  ask: ((question: string) => Promise<string>) | undefined;
  signal: AbortSignal;
};

const USAGE = 2;
const UNKNOWN = 3;

/** Runs the program. @returns 0: all hold; 1: one differs; 2: usage, or refused; 3: some are unknown. */
export async function verify(argv: readonly string[], io: Io): Promise<number> {
  try {
    const options = parseOptions(argv, io.out);
    if (options === undefined) return 0;
    const checks = chosen(options);
    if (options.list) return list(checks, options, io);
    const cloud = await connect(options);
    try {
      return await verifyCloud(cloud, checks, options, io);
    } finally {
      await cloud.close();
    }
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? USAGE : UNKNOWN;
  }
}

async function verifyCloud(cloud: VerifyCloud, checks: readonly Check[], options: Options, io: Io): Promise<number> {
  const refusal = await projectRefusal(cloud);
  if (refusal !== undefined) throw new UsageError(refusal);
  io.err(`${formatPlan(cloud, checks)}\n\n`);
  if (!(await isAllowed(cloud, options, io))) throw new UsageError('Nothing was created.');
  const { results, left } = await runChecks({ cloud, checks, signal: io.signal, onResult: progress(io) });
  const found = [...left, ...(await leftovers(cloud))];
  io.out(`${formatted({ results, left: found }, options, io)}\n`);
  if (found.length > 0) io.err(`Not deleted:\n${found.map((name) => `  ${name}\n`).join('')}`);
  return exitCodeOf(results);
}

async function isAllowed(cloud: VerifyCloud, { local, yes }: Options, { ask, err }: Io): Promise<boolean> {
  if (local || yes) return true;
  if (ask === undefined) {
    err('This needs --yes, because there is no terminal to ask.\n');
    return false;
  }
  return (await ask(`Type the project's id to begin (${cloud.project}): `)).trim() === cloud.project;
}

function formatted(report: { results: Result[]; left: string[] }, { json }: Options, { isTerminal }: Io): string {
  if (json) return JSON.stringify({ checks: report.results, notDeleted: report.left }, null, 2);
  return isTerminal ? formatTable(report) : formatLines(report);
}

function progress({ err, isTerminal }: Io): (result: Result) => void {
  return ({ id, state, seconds }) => (isTerminal ? err(`${id}: ${state} after ${seconds.toFixed(1)} s\n`) : undefined);
}

async function connect(options: Options): Promise<VerifyCloud> {
  if (options.local) return startEmulated(options);
  if (options.endpoints !== undefined) return connectEmulated(options, options.endpoints);
  const { project } = options;
  if (project === undefined) throw new UsageError('--project is required');
  return connectGoogle({ ...options, project });
}

function chosen({ only }: Options): readonly Check[] {
  if (only === undefined) return allChecks;
  const known = new Set(allChecks.map(({ id }) => id));
  const strange = only.filter((id) => !known.has(id));
  if (strange.length > 0) {
    throw new UsageError(`--only: ${strange.join(', ')} is no check; --list shows the ${known.size} ids`);
  }
  return allChecks.filter(({ id }) => only.includes(id));
}

function list(checks: readonly Check[], { json }: Options, { out }: Io): number {
  const rows = checks.map(({ id, title, creates, needs }) => ({ id, title, creates, needs }));
  out(json ? `${JSON.stringify(rows, null, 2)}\n` : rows.map(({ id, title }) => `${id.padEnd(24)}${title}\n`).join(''));
  return 0;
}
