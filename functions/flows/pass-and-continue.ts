import type { RecheckRequest } from '../core/recheck-request.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { topics } from '../core/topics.ts';
import type { Messages } from '../ports/messages.ts';
import { type PassDeps, type PassReport, type PassRequest, runPass } from './run-pass.ts';

/** A pass that stopped before its deadline with tenants waiting asks for the next one; a pass that is done does not. */
export async function passAndContinue(
  request: PassRequest,
  deps: PassDeps & { messages: Messages },
  policy: RetryPolicy,
): Promise<PassReport> {
  const report = await runPass(request, deps, policy);
  if (report.goOn) await deps.messages.publish(topics.fleetRecheck, continuation(request, report));
  return report;
}

/**
 * The rest of what was asked for, and no more. Of an operator's relaunch that is exactly who still waits: whoever was
 * launched meanwhile and failed again would otherwise be launched without end.
 */
function continuation({ runtime, tenants, relaunch }: PassRequest, { waiting }: PassReport): RecheckRequest {
  if (relaunch) return { runtime, tenants: waiting, relaunch };
  return { runtime, ...(tenants && { tenants: [...tenants] }), relaunch };
}
