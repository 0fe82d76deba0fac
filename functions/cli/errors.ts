import { ConfigError } from '../core/config.ts';
import type { Issue } from '../core/values/issues.ts';

/** Ends a command with a message, its issues (one line each) and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly issues: readonly Issue[];
  constructor(exitCode: ExitCode, message: string, issues: readonly Issue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
    this.issues = issues;
  }
}

export function usageError(message: string, issues: readonly Issue[] = []): CliError {
  return new CliError(exitCodes.usage, message, issues);
}

/** Throws a usage error if the input has issues. Called once, after all input was checked. */
export function refuseIssues(message: string, issues: readonly Issue[]): void {
  if (issues.length > 0) throw usageError(message, issues);
}

export function fromConfigError(error: unknown, where: string): unknown {
  if (!(error instanceof ConfigError)) return error;
  return usageError(`the configuration in ${where} is incomplete or wrong`, error.issues);
}

/** Exit codes of `pincast`. CI relies on these numbers; the sandbox shares those that have the same meaning. */
export const exitCodes = {
  ok: 0,
  notConverged: 1,
  rejected: 2,
  paused: 3,
  usage: 64,
  notFound: 66,
  unavailable: 69,
  internal: 70,
  timeout: 124,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const MEANINGS: Record<keyof typeof exitCodes, string> = {
  ok: 'done, with the requested result',
  notConverged: 'a rollout did not succeed, an execution failed, or a tenant exists',
  rejected: 'the promotion was rejected; every reason is shown',
  paused: 'the rollout is PAUSED; open tenants are shown',
  usage: 'the command line or the configuration is wrong',
  notFound: 'no such file, object, runtime, tenant or revision',
  unavailable: 'the cloud did not answer, refused, or is not running',
  internal: 'an internal error, a bug in pincast',
  timeout: 'the timeout passed; open tenants are shown',
};

export function describeExitCodes(): string {
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  return names.map((name) => `  ${String(exitCodes[name]).padStart(3)}  ${MEANINGS[name]}`).join('\n');
}
