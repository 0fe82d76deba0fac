import type { Io } from '../../../infra/verify-cloud/verify.ts';

/** A pipe, whose texts are kept. */
export function buildIo(io: Partial<Io> = {}): Io & { stdout: string[]; stderr: string[] } {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  return {
    out: (text) => stdout.push(text),
    err: (text) => stderr.push(text),
    isTerminal: false,
    ask: undefined,
    signal: new AbortController().signal,
    ...io,
    stdout,
    stderr,
  };
}
