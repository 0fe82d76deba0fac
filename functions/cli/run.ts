import { type Command, CommanderError } from 'commander';
import { CliError, type ExitCode, exitCodes } from './errors.ts';
import type { Style } from './output/output.ts';
import { sanitizeForTerminal, wrapText } from './output/text.ts';
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
  const say = (lead: string, style: Style, text: string, indent = '') => {
    const [first = '', ...rest] = wrapText(sanitizeForTerminal(`${lead}${text}`), err.columns, indent);
    const painted = `${indent}${lead === '' ? '' : err.paint(style, lead)}${first.slice(indent.length + lead.length)}`;
    for (const line of [painted, ...rest]) err.write(`${line}\n`);
  };
  if (!(error instanceof CliError)) {
    say('pincast:', 'red', ' internal error; this is a bug in pincast');
    err.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return exitCodes.internal;
  }
  say('pincast:', 'red', ` ${error.message}${error.issues.length > 0 ? ':' : ''}`);
  for (const { path, message } of error.issues) {
    const lead = sanitizeForTerminal(path);
    say(lead, 'bold', `${lead === '' ? '' : ': '}${message}`, '  ');
  }
  return error.exitCode;
}
