import { SandboxError } from '../../core/sandbox/errors.ts';

/**
 * Waits for a step unless the sandbox is told to stop: Cloud Run kills 10 s after its TERM, and the receipt that says
 * why must be written before. The step itself goes on unheard until the process ends.
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
 * Lets a signal that came during blocking calls reach its handler, which the event loop calls when it polls. One timer may be
 * due before that poll, and so may `setImmediate`; the second timer comes after it.
 *
 * @throws SandboxError INTERRUPTED
 */
export async function hearSignals({ shutdownSignal: interruption, sleep }: SignalDeps): Promise<void> {
  await sleep(1);
  await sleep(1);
  throwIfInterrupted(interruption);
}

type SignalDeps = { shutdownSignal: AbortSignal; sleep: (milliseconds: number) => Promise<void> };

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted(signal);
}

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

/** Cloud Run kills 10 s after its TERM; what is left belongs to the last receipt. */
const GRACE_PERIOD_MS = 8_000;

/**
 * Made before the workload runs; bounds a later step to what is left of the grace period, once a signal has come.
 *
 * @returns a function that races a step against the end of the grace
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
