import { type Command, CommanderError } from 'commander';
import { CliError } from './errors.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { sanitizeForTerminal } from './output/printable.ts';
import { buildProgram } from './program.ts';
import type { Session } from './session/session.ts';
import { explainCloudError } from './target/cloud-error.ts';

/** Runs one command line to its exit code; whatever goes wrong is said on stderr. */
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

/** Commander would answer `pincast nosuch --help` with the help of pincast itself, as if nothing were wrong. */
function isUnknownCommand({ commands }: Command, [first = '-']: readonly string[]): boolean {
  return !first.startsWith('-') && first !== 'help' && !commands.some((command) => command.name() === first);
}

function reportError(error: unknown, { err }: Session): ExitCode {
  // Commander has said already what is wrong.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  const say = (line: string) => err.write(`${line}\n`);
  if (!(error instanceof CliError)) {
    say(`${err.paint('red', 'pincast:')} this is a fault in pincast itself`);
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.internal;
  }
  const hasFaults = error.issues.length > 0;
  say(`${err.paint('red', 'pincast:')} ${sanitizeForTerminal(error.message)}${hasFaults ? ':' : ''}`);
  for (const { path, message } of error.issues) {
    say(`  ${path === '' ? '' : `${err.paint('bold', sanitizeForTerminal(path))}: `}${sanitizeForTerminal(message)}`);
  }
  return error.exitCode;
}
