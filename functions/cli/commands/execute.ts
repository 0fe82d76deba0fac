import type { Command } from 'commander';
import type { Tenant } from '../../core/records/tenant.ts';
import { executionId } from '../../core/values/execution.ts';
import type { Issue } from '../../core/values/issues.ts';
import type { FleetRegistry } from '../../ports/fleet.ts';
import { LaunchError, type LaunchErrorCode, type Launcher } from '../../ports/launcher.ts';
import { CliError, type ExitCode, exitCodes, refuseIssues, usageError } from '../errors.ts';
import { checkIdentifier, readSeconds, readVariables } from '../options.ts';
import { type CommandContext, type OutputOptions, openTarget, type Session, withOutputOptions } from '../session.ts';
import { followExecution } from './follow-execution.ts';

type ExecuteOptions = OutputOptions & { runtime?: string; env?: string[]; wait?: true; timeout: string };

export function addExecute(program: Command, { session, runAction }: CommandContext): void {
  withOutputOptions(program.command('execute'))
    .summary("run a tenant's job once, as the console does")
    .description(
      "Runs a tenant's job without overrides. Its sandbox reads the tenant's assignment, verifies the environment and runs it.",
    )
    .argument('<tenant>', 'the tenant whose job runs')
    .option('--runtime <runtime>', 'required if several runtimes have this tenant')
    .option('--env <NAME=VALUE>', 'override a variable, as in the console; repeatable', collect)
    .option('--wait', 'wait until the execution has ended')
    .option('--timeout <seconds>', 'how long to wait', '600')
    .action(runAction((tenant: string, options: ExecuteOptions) => execute(tenant, options, session)));
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

async function execute(name: string, options: ExecuteOptions, session: Session): Promise<ExitCode> {
  const issues: Issue[] = [];
  checkIdentifier(name, 'tenant', issues);
  if (options.runtime !== undefined) checkIdentifier(options.runtime, '--runtime', issues);
  const env = readVariables(options.env ?? [], issues);
  const timeoutSeconds = readSeconds(options.timeout, '--timeout', issues);
  refuseIssues('nothing was executed', issues);
  const cloud = await session.connect(openTarget(session, options));
  const tenant = await findTenant(name, options.runtime, cloud.fleet);
  const execution = await run(tenant, env, cloud.launcher);
  if (!options.json) session.out.write(`${execution}\n`);
  if (options.wait) return followExecution({ tenant, name: execution, timeoutSeconds }, cloud, options, session);
  if (options.json) session.out.write(`${JSON.stringify({ runtime: tenant.runtime, tenant: name, execution })}\n`);
  return exitCodes.ok;
}

const REFUSALS: Record<LaunchErrorCode, { exitCode: ExitCode; meaning: string }> = {
  REJECTED: { exitCode: exitCodes.notConverged, meaning: 'Cloud Run refused, and nothing runs' },
  DENIED: { exitCode: exitCodes.notConverged, meaning: 'you lack the permission to run it, and nothing runs' },
  QUOTA: { exitCode: exitCodes.unavailable, meaning: 'the quota is used up, and nothing runs; try again in a minute' },
  AMBIGUOUS: {
    exitCode: exitCodes.unavailable,
    meaning: 'the response was lost and an execution may exist; check the job before you try again',
  },
};

async function run({ job }: Tenant, env: Record<string, string>, launcher: Launcher): Promise<string> {
  try {
    return await launcher.run({ job, env });
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    const { exitCode, meaning } = REFUSALS[error.code];
    throw new CliError(exitCode, `${executionId(job)}: ${meaning} (${error.message})`, [], { cause: error });
  }
}

/** Finds a tenant by name. The runtime is required only if several have the tenant. @throws CliError */
async function findTenant(
  tenant: string,
  runtime: string | undefined,
  fleet: Pick<FleetRegistry, 'runtimes' | 'tenant'>,
): Promise<Tenant> {
  const runtimes = runtime === undefined ? await fleet.runtimes() : [runtime];
  const found = await Promise.all(runtimes.map((name) => fleet.tenant(name, tenant)));
  const [first, ...others] = found.filter((registration) => registration !== undefined);
  if (first === undefined) {
    const where = runtime === undefined ? 'of any runtime' : `of ${runtime}`;
    throw new CliError(exitCodes.notFound, `${JSON.stringify(tenant)} is not a tenant ${where}`);
  }
  if (others.length === 0) return first;
  const names = [first, ...others].map((registration) => registration.runtime).join(', ');
  throw usageError(`${JSON.stringify(tenant)} is a tenant of ${names}: choose one with --runtime`);
}
