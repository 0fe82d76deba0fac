import { progressOn, silent } from '../output/progress.ts';
import type { OutputOptions } from './command.ts';
import type { Session } from './session.ts';

/** A wait with a deadline that reports each state it reads. */
export type Wait<Seen, Result> = (deadline: Date, onSeen: (seen: Seen) => void) => Promise<Result>;

/** Waits and shows the state and the elapsed seconds, unless --json or --quiet is given. */
export function waitWithProgress<Seen, Result>(
  wait: Wait<Seen, Result>,
  describe: (seen: Seen) => string,
  timeoutSeconds: number,
  options: OutputOptions,
  { clock, err }: Pick<Session, 'clock' | 'err'>,
): Promise<Result> {
  const started = clock.now().getTime();
  const progress = options.json || options.quiet ? silent : progressOn(err);
  const deadline = new Date(started + timeoutSeconds * 1000);
  const show = (seen: Seen) => progress.show(describe(seen), Math.floor((clock.now().getTime() - started) / 1000));
  return wait(deadline, show).finally(progress.end);
}
