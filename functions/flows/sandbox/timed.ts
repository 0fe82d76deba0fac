import type { Findings } from '../../core/sandbox/receipts.ts';

/** Records a phase's milliseconds in the findings, also if the phase fails. */
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
