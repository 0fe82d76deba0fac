import type { Output } from './output.ts';

export type Progress = {
  /** Says where things stand; where nothing changed, only a terminal shows the time that passes. */
  show(status: string, seconds: number): void;
  /** Afterwards other text may be written. */
  end(): void;
};

export const silent: Progress = { show: () => {}, end: () => {} };

/** On a terminal one line that is rewritten; elsewhere a plain line where the status changed, once a second. */
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
