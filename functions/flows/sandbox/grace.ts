import { SandboxError } from '../../core/sandbox/sandbox-error.ts';

/** Cloud Run kills 10 s after its TERM; what is left belongs to the last receipt. */
export const GRACE_MS = 8_000;

/**
 * Made before the workload runs; bounds a later step to what is left of the grace period, once a signal has come.
 *
 * @returns a function that races a step against the end of the grace
 */
export function graceAfter(signal: AbortSignal, sleep: (milliseconds: number) => Promise<void>) {
  const over = new Promise<never>((_resolve, reject) => {
    const start = () => sleep(GRACE_MS).then(() => reject(late()));
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  over.catch(() => undefined);
  return <T>(step: Promise<T>): Promise<T> => Promise.race([step, over]);
}

function late(): SandboxError {
  return new SandboxError('RESULTS_UPLOAD_FAILED', 'the results were not uploaded when the grace period was over');
}
