import inspector from 'node:inspector';
import { SandboxError } from '../../core/sandbox/errors.ts';

// Attack: at SIGUSR1, which a workload of the same user can send, Node opens a debugger that runs any code in this process.
// A listener keeps it shut where the command lacks `--disable-sigusr1`. The entry imports this module first.
process.on('SIGUSR1', () => undefined);

/** Refuses to run with a debugger, which `--inspect` in NODE_OPTIONS opens before the first line. @throws SandboxError USAGE */
export function refuseDebugger(): void {
  if (inspector.url() === undefined) return;
  const message =
    'a debugger is open, and a workload could take the sandbox over through it: remove --inspect from NODE_OPTIONS';
  throw new SandboxError('USAGE', message);
}

/** Aborts at a termination signal, with its name as reason. PID 1 ignores signals without a handler. */
export function shutdownSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => controller.abort(signal));
  }
  return controller.signal;
}
