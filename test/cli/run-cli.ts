import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../functions/cli.ts', import.meta.url));

export type Ended = { exitCode: number; out: string; err: string };

/** A process of the command line, in this folder, with no environment but what is given. */
export function runCli(cwd: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  const options = { cwd, env: { PATH: process.env.PATH ?? '', ...env }, timeout: 60_000 };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], options, (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
