import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SIMULATE = fileURLToPath(new URL('./simulate.ts', import.meta.url));

export type SimulatorRun = { exitCode: number; lines: string[] };

/** Runs the simulator in a process of its own: it takes over timers and random numbers. */
export function runSimulator(...args: string[]): Promise<SimulatorRun> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SIMULATE, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') return reject(error);
      if (stderr !== '') return reject(new Error(stderr));
      resolve({ exitCode: Number(error?.code ?? 0), lines: stdout.trim().split('\n') });
    });
  });
}
