import type { LaunchRequest } from './core/sandbox/client/launch-request.ts';
import { type LaunchSandboxDeps, launchExecution as launch } from './flows/sandbox/client/launch.ts';
import { type EndedExecution, type WaitForOutcomeDeps, waitForOutcome } from './flows/sandbox/client/wait.ts';
import { cloudRunLauncher } from './google/run/launcher.ts';
import { systemClock } from './host/clock.ts';
import { jsonLog } from './host/log.ts';
import type { Launcher } from './ports/launcher.ts';

export type { LaunchRequest, WorkflowRequest } from './core/sandbox/client/launch-request.ts';
export { LaunchRequestError } from './core/sandbox/client/launch-request.ts';
export { type EndedExecution, ExecutionError } from './flows/sandbox/client/wait.ts';
export { LaunchError } from './ports/launcher.ts';

export type LaunchDeps = LaunchSandboxDeps & WaitForOutcomeDeps;
/** Without `timeoutSeconds` the wait is unlimited. */
export type WaitOptions = Partial<LaunchDeps> & { timeoutSeconds?: number };

/**
 * Runs a sandbox job once, in direct mode, and returns the execution's full name without waiting for it.
 *
 * @param deps default: Cloud Run (`PINCAST_RUN_ENDPOINT`: the embedded one) and JSON lines on stdout.
 * @throws LaunchRequestError, before any call, with every issue of the request.
 * @throws LaunchError `REJECTED` (e.g. the job does not exist), `DENIED` or `QUOTA`: nothing runs; `AMBIGUOUS`: it may run.
 */
export async function launchSandbox(request: LaunchRequest, deps: Partial<LaunchDeps> = {}): Promise<string> {
  return launch(request, { ...defaultDeps(), ...deps });
}

/**
 * Waits until the execution has ended and returns how. Exit code and signal are the workload's, or the sandbox's own.
 *
 * @throws ExecutionError `UNKNOWN` if Cloud Run does not know the execution, `TIMEOUT` if it still runs.
 */
export async function waitForExecution(name: string, options: WaitOptions = {}): Promise<EndedExecution> {
  const { timeoutSeconds, ...deps } = options;
  return waitForOutcome(name, { ...defaultDeps(), ...deps }, timeoutSeconds);
}

/** One for each endpoint, because clients keep their connections. */
const launchers = new Map<string, Launcher>();

function defaultDeps(): LaunchDeps {
  const endpoint = process.env.PINCAST_RUN_ENDPOINT ?? '';
  const launcher = launchers.get(endpoint) ?? cloudRunLauncher(endpoint === '' ? undefined : endpoint);
  launchers.set(endpoint, launcher);
  return { launcher, clock: systemClock, log: jsonLog('launcher') };
}
