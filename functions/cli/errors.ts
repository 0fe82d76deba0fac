import { ConfigError } from '../core/config.ts';
import type { Issue } from '../core/values/issues.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';

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
