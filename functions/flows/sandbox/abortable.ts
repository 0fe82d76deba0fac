import { SandboxError } from '../../core/sandbox/errors.ts';

/**
 * Waits for a step until a shutdown signal. Cloud Run sends KILL 10 s after TERM, and the receipt must be stored before.
 * The step itself continues unobserved until the process ends.
 *
 * @throws SandboxError INTERRUPTED
 */
export async function abortable<T>(signal: AbortSignal, step: Promise<T>): Promise<T> {
  const stop = new AbortController();
  try {
    return await Promise.race([step, interruption(signal, stop.signal)]);
  } finally {
    stop.abort();
  }
}

/**
 * Yields until the event loop has polled, so that a signal that arrived during blocking calls reaches its handler. One timer
 * or `setImmediate` may be due before the poll; the second timer is due after it.
 *
 * @throws SandboxError INTERRUPTED
 */
export async function handleSignals({ shutdownSignal, sleep }: SignalDeps): Promise<void> {
  await sleep(1);
  await sleep(1);
  if (shutdownSignal.aborted) throw interrupted(shutdownSignal);
}

type SignalDeps = { shutdownSignal: AbortSignal; sleep: (milliseconds: number) => Promise<void> };

function interruption(signal: AbortSignal, stop: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(interrupted(signal));
    else signal.addEventListener('abort', () => reject(interrupted(signal)), { once: true, signal: stop });
  });
}

function interrupted(signal: AbortSignal): SandboxError {
  const name = String(signal.reason);
  return new SandboxError('INTERRUPTED', `stopped by ${name} before the workload began`, { signal: name });
}

/** Cloud Run sends KILL 10 s after TERM; the other 2 s are for the last receipt. */
const GRACE_PERIOD_MS = 8_000;

/**
 * Limits steps to the grace period, which begins with the shutdown signal. Call it before the workload runs.
 *
 * @returns a function that rejects if the grace period ends before the step
 */
export function withinGracePeriod(signal: AbortSignal, sleep: (milliseconds: number) => Promise<void>) {
  const over = new Promise<never>((_resolve, reject) => {
    const start = () => sleep(GRACE_PERIOD_MS).then(() => reject(late()));
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });
  over.catch(() => undefined);
  return <T>(step: Promise<T>): Promise<T> => Promise.race([step, over]);
}

function late(): SandboxError {
  return new SandboxError('RESULTS_UPLOAD_FAILED', 'the results were not uploaded when the grace period was over');
}
