import { progressOn, silent } from '../output/progress.ts';
import type { OutputOptions } from './command.ts';
import type { Session } from './session.ts';

/** A wait that reports each state it reads until its deadline. */
export type Wait<Seen, Result> = {
  until: (deadline: Date, onSeen: (seen: Seen) => void) => Promise<Result>;
  describe: (seen: Seen) => string;
  timeoutSeconds: number;
};

/** Waits and shows the state and the elapsed seconds, unless --json or --quiet is given. */
export function waitWithProgress<Seen, Result>(
  { until, describe, timeoutSeconds }: Wait<Seen, Result>,
  options: OutputOptions,
  { clock, err }: Pick<Session, 'clock' | 'err'>,
): Promise<Result> {
  const started = clock.now().getTime();
  const progress = options.json || options.quiet ? silent : progressOn(err);
  const deadline = new Date(started + timeoutSeconds * 1000);
  const show = (seen: Seen) => progress.show(describe(seen), Math.floor((clock.now().getTime() - started) / 1000));
  return until(deadline, show).finally(progress.end);
}
