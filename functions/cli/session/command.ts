import type { Command } from 'commander';
import type { Session } from './session.ts';

/** Passed to each command: its session, and the wrapper that turns its result into the exit code. */
export type CommandContext = {
  session: Session;
  runAction<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>;
};

export type OutputOptions = { json?: true; quiet?: true };

export function withOutputOptions(command: Command): Command {
  return command.option('--json', 'write only JSON to stdout').option('--quiet', 'hide the target and the progress');
}
