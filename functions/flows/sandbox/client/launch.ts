import type { LaunchRequest } from '../../../core/sandbox/client/launch-request.ts';
import { planLaunch } from '../../../core/sandbox/client/plan.ts';
import type { Launcher } from '../../../ports/launcher.ts';
import type { Log } from '../../../ports/system.ts';

export type LaunchSandboxDeps = { launcher: Launcher; log: Log };

/**
 * Runs a sandbox job once and returns the execution's full name. An invalid request causes no call.
 *
 * @throws LaunchRequestError, LaunchError
 */
export async function launchExecution(request: LaunchRequest, { launcher, log }: LaunchSandboxDeps): Promise<string> {
  const { job, args, exposures } = planLaunch(request);
  for (const { path, url } of exposures) {
    log.warn('a signed URL or a secret goes into the arguments of the execution, where each of its viewers reads it', {
      job,
      field: path,
      url,
    });
  }
  return launcher.run({ job, env: {}, args });
}
