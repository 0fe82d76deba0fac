import { writeSync } from 'node:fs';

/**
 * Writes one line to stderr. The call blocks, so the line is written before the process exits. A failing write (closed pipe,
 * full disk) does not change the exit code.
 */
export function writeLine(line: string): void {
  try {
    writeSync(2, `${line.replace(CONTROL, escaped)}\n`);
  } catch {
    // The exit code reports the error too.
  }
}

/** Attack: a line break in a server's text would forge a log line. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
