import { progressOn, silent } from '../output/progress.ts';
import type { OutputOptions } from './command.ts';
import type { Session } from './session.ts';

/** A wait that ends at a deadline and tells what it sees. */
export type Wait<Seen, Result> = (deadline: Date, onSeen: (seen: Seen) => void) => Promise<Result>;

/** Waits, and shows how things stand and how long that has taken: not with --json, nor with --quiet. */
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
