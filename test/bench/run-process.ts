import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Measured = { seconds: number; peakMebibytes: number };

const SAMPLE_MS = 10;

/** Runs a program to its end. @throws Error where it fails: a fast failure is no result. */
export function runProcess(program: string, args: readonly string[], cwd: string): Promise<Measured> {
  const start = performance.now();
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  let peak = 0;
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const sampler = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, SAMPLE_MS);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearInterval(sampler);
      if (code !== 0) reject(new Error(`${program} ${args.join(' ')} exited with ${code}: ${errors}`));
      else resolve({ seconds: (performance.now() - start) / 1_000, peakMebibytes: peak });
    });
  });
}

/** The kernel keeps the high-water mark, so the last sample before the end tells the peak. */
function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
