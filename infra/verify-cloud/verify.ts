import { checks as allChecks } from './checks/checks.ts';
import type { VerifyCloud } from './cloud/cloud.ts';
import { connectEmulated, startEmulated } from './cloud/emulated.ts';
import { connectGoogle } from './cloud/google.ts';
import { type Options, parseOptions, UsageError } from './options.ts';
import { formatPlan } from './plan.ts';
import { leftovers, projectRefusal } from './project.ts';
import { exitCodeOf, formatLines, formatProgress, formatTable } from './report.ts';
import type { Check } from './runner/check.ts';
import { lackOf, type Result, runChecks } from './runner/run-checks.ts';
import { formatRow } from './text.ts';

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
  const { results, left } = await runChecks({
    cloud,
    checks,
    signal: io.signal,
    onResult: progressOf(cloud, checks, io),
  });
  const found = [...left, ...(await leftovers(cloud))];
  if (io.isTerminal) io.err('\n');
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

/** Tells of each check that this cloud can decide; a pipe gets the verdicts at the end only. */
function progressOf(cloud: VerifyCloud, checks: readonly Check[], { err, isTerminal }: Io): (result: Result) => void {
  const feasible = new Set(checks.filter((check) => lackOf(check, cloud) === undefined).map(({ id }) => id));
  let ended = 0;
  return (result) => {
    if (isTerminal && feasible.has(result.id)) err(`${formatProgress(result, ++ended, feasible.size)}\n`);
  };
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
  const unknown = only.filter((id) => !known.has(id));
  if (unknown.length > 0) {
    throw new UsageError(`--only: expected ids of checks, got ${unknown.join(', ')}; --list shows all ${known.size}`);
  }
  return allChecks.filter(({ id }) => only.includes(id));
}

function list(checks: readonly Check[], { json }: Options, { out }: Io): number {
  const rows = checks.map(({ id, title, creates, needs }) => ({ id, title, creates, needs }));
  const width = Math.max(...checks.map(({ id }) => id.length)) + 2;
  const lines = () => rows.map(({ id, title }) => formatRow([[id]], [width], title)).join('\n');
  out(`${json ? JSON.stringify(rows, null, 2) : lines()}\n`);
  return 0;
}
