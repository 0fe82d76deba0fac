import type { Output } from './output/output.ts';
import type { OutputOptions, Session } from './session.ts';

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

type Progress = {
  /** Shows the status. An unchanged status updates only the seconds, and only on a terminal. */
  show(status: string, seconds: number): void;
  /** Clears the line, so that other text may follow. */
  end(): void;
};

const silent: Progress = { show: () => {}, end: () => {} };

/** Rewrites one line on a terminal; in a pipe writes a line for each new status, at most one a second. */
export function progressOn({ write, columns }: Output): Progress {
  let last = '';
  let shownAt = -1;
  if (columns === undefined) {
    return {
      show: (status, seconds) => {
        if (status === last || seconds === shownAt) return;
        write(`${seconds}s  ${status}\n`);
        last = status;
        shownAt = seconds;
      },
      end: () => {},
    };
  }
  return {
    show: (status, seconds) => {
      last = `${seconds}s  ${status}`;
      write(`\r\u001b[K${last.slice(0, columns - 1)}`);
    },
    end: () => {
      if (last !== '') write('\r\u001b[K');
    },
  };
}
