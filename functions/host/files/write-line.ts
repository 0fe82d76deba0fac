import { writeSync } from 'node:fs';

/** How long a full pipe may wait for its reader. Cloud Run sends KILL 10 s after TERM, and the receipts need the rest. */
const PATIENCE_MS = 2_000;
const PAUSE_MS = 10;

/** Writes one line to stderr; blocks until it is written, so that it precedes the process's exit. */
export function writeLine(line: string): void {
  writeStderr(Buffer.from(`${line.replace(CONTROL, escaped)}\n`));
}

/**
 * Writes to stderr what fits within 2 s. A failing write (closed pipe, full disk) does not change the exit code, which
 * reports the error too. A workload shares the pipe and can make it non-blocking: EAGAIN then means that it is full.
 */
export function writeStderr(bytes: Uint8Array): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let at = 0, waited = 0; at < bytes.length && waited < PATIENCE_MS; ) {
    try {
      at += writeSync(2, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      Atomics.wait(clock, 0, 0, PAUSE_MS);
      waited += PAUSE_MS;
    }
  }
}

/** Attack: a line break in a server's text would forge a log line. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
