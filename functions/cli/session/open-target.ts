import type { CloudContext } from '../target/target.ts';
import type { OutputOptions } from './command.ts';
import type { Session } from './session.ts';

/** Finds the cloud and names it on stderr, so that the operator notices a wrong one. */
export function openTarget(session: Session, options: OutputOptions): CloudContext {
  const target = session.findTarget();
  if (!options.json && !options.quiet) {
    session.err.write(session.err.paint('dim', `target: ${target.description}`));
    session.err.write('\n');
  }
  return target;
}
