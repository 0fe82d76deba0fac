import { writeSync } from 'node:fs';

/**
 * One line on stderr. Blocking, so that it is out before the process is; a line that cannot be written (a reader that went
 * away, a full disk) leaves the run and its exit code as they are.
 */
export function writeLine(line: string): void {
  try {
    writeSync(2, `${line.replace(CONTROL, escaped)}\n`);
  } catch {
    // The exit code still tells.
  }
}

/** Attack: a server's line break would begin a log line of the server's making. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
