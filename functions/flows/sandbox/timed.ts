import type { Findings } from '../../core/sandbox/receipts.ts';

/** Notes how many milliseconds a phase took, whether it went well or not. */
export async function timed<T>(
  phase: string,
  findings: Findings,
  { elapsed }: { elapsed: () => number },
  run: () => Promise<T>,
): Promise<T> {
  const start = elapsed();
  try {
    return await run();
  } finally {
    findings.timings[phase] = Math.round(elapsed() - start);
  }
}
