import type { Command } from 'commander';
import type { ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';

/** What the declaration of a command is given: the session, and how its result becomes the exit code. */
export type Wiring = {
  session: Session;
  act<Args extends unknown[]>(run: (...args: Args) => Promise<ExitCode>): (...args: Args) => Promise<void>;
};

export type OutputOptions = { json?: true; quiet?: true };

export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'JSON alone on stdout')
    .option('--quiet', 'do not say which cloud it is, nor how it goes on');
}

export function withQuiet(command: Command): Command {
  return command.option('--quiet', 'do not say which cloud it is');
}
