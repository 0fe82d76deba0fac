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
  if (report.goOn) await deps.messages.publish(topics.fleetRecheck, { runtime: request.runtime });
  return report;
}
