import type { Clock } from '../../ports/system.ts';
import type { Output } from '../output/output.ts';
import type { OperatorCloud } from '../target/connect.ts';
import type { CloudContext } from '../target/target.ts';

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
