import type { Command } from 'commander';
import type { Clock } from '../ports/system.ts';
import type { Output } from './output/output.ts';
import type { OperatorCloud } from './target/connect.ts';
import type { CloudContext } from './target/target.ts';

/** All inputs and effects of a command. */
export type Session = {
  out: Output;
  err: Output;
  env: NodeJS.ProcessEnv;
  cwd: string;
  /** The operating system's user; the default of `--by`. */
  user: string;
  clock: Clock;
  /** @throws CliError */
  findTarget(): CloudContext;
  connect(target: CloudContext): Promise<OperatorCloud>;
};

/** Passed to each command: its session, and the wrapper that turns its result into the exit code. */
export type CommandContext = {
  session: Session;
  runAction<Args extends unknown[]>(run: (...args: Args) => Promise<number>): (...args: Args) => Promise<void>;
};

export type OutputOptions = { json?: true; quiet?: true };

export function withOutputOptions(command: Command): Command {
  return command.option('--json', 'write only JSON to stdout').option('--quiet', 'hide the target and the progress');
}

/** Finds the cloud and names it on stderr, so that the operator notices a wrong one. */
export function openTarget(session: Session, options: OutputOptions): CloudContext {
  const target = session.findTarget();
  if (!options.json && !options.quiet) {
    session.err.write(`${session.err.paint('dim', `target: ${target.description}`)}\n`);
  }
  return target;
}
