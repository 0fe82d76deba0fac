import type { Output } from './output.ts';

export type Progress = {
  /** Shows the status. An unchanged status updates only the seconds, and only on a terminal. */
  show(status: string, seconds: number): void;
  /** Clears the line, so that other text may follow. */
  end(): void;
};

export const silent: Progress = { show: () => {}, end: () => {} };

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
