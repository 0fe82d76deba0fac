import type { Command } from 'commander';
import type { Session } from './session.ts';

/** What the declaration of a command is given: the session, and how its result becomes the exit code. */
export type CommandContext = {
  session: Session;
  runAction<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>;
};

export type OutputOptions = { json?: true; quiet?: true };

export function withOutputOptions(command: Command): Command {
  return command
    .option('--json', 'JSON alone on stdout')
    .option('--quiet', 'do not say which cloud it is, nor how it goes on');
}
