import { type Command, CommanderError } from 'commander';
import { CliError, type ExitCode, exitCodes } from './errors.ts';
import { sanitizeForTerminal } from './output/text.ts';
import { buildProgram } from './program.ts';
import type { Session } from './session.ts';
import { explainCloudError } from './target/cloud-error.ts';

/** Runs one command line and returns its exit code. Errors are written to stderr. */
export async function runCli(args: readonly string[], session: Session): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = buildProgram({
    session,
    runAction:
      (run) =>
      async (...values) => {
        exitCode = await run(...values);
      },
  });
  try {
    await program.parseAsync(isUnknownCommand(program, args) ? args.slice(0, 1) : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return reportError(explainCloudError(error), session);
  }
}

/** Needed because commander answers `pincast nosuch --help` with the program's help and exit code 0. */
function isUnknownCommand({ commands }: Command, [first = '-']: readonly string[]): boolean {
  return !first.startsWith('-') && first !== 'help' && !commands.some((command) => command.name() === first);
}

function reportError(error: unknown, { err }: Session): ExitCode {
  // Commander has written its message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const say = (line: string) => err.write(`${line}\n`);
  if (!(error instanceof CliError)) {
    say(`${err.paint('red', 'pincast:')} internal error; this is a bug in pincast`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.internal;
  }
  const hasIssues = error.issues.length > 0;
  say(`${err.paint('red', 'pincast:')} ${sanitizeForTerminal(error.message)}${hasIssues ? ':' : ''}`);
  for (const { path, message } of error.issues) {
    say(`  ${path === '' ? '' : `${err.paint('bold', sanitizeForTerminal(path))}: `}${sanitizeForTerminal(message)}`);
  }
  return error.exitCode;
}
