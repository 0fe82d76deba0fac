import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A constant: the script's path and the command arrive as arguments, and no text of theirs is ever read as shell code.
 * `exec` leaves no shell behind, so signals reach the workload itself.
 */
const SOURCE_AND_RUN = '. "$0"; exec "$@"';

/** The command, behind the environment's `activate.sh` where it has one, beside it (a pixi pack's) or inside. */
export function activated(workDir: string, command: readonly string[]): readonly string[] {
  const script = [join(workDir, 'activate.sh'), join(workDir, 'env', 'activate.sh')].find((path) => existsSync(path));
  return script === undefined ? command : [shell(), '-c', SOURCE_AND_RUN, script, ...command];
}

/** Activation scripts of packages are written for bash, and mostly content with any POSIX shell. */
function shell(): string {
  return existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
}
