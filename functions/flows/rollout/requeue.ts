import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { topics } from '../../core/messages/topics.ts';
import type { Messages } from '../../ports/system.ts';
import type { RunningRoom } from '../launch/capacity.ts';
import { type PassDeps, type PassReport, type PassRequest, runPass } from './reconcile-fleet.ts';

/** A reconcile that left something to do asks for the next one, after a pause where at once would be too soon. */
export async function passAndContinue(
  request: PassRequest,
  deps: PassDeps & { messages: Messages },
  policy: RetryPolicy,
  room?: RunningRoom,
): Promise<PassReport> {
  const report = await runPass(request, deps, policy, room);
  if (report.requeue === undefined) return report;
  if (report.requeue.pauseMs > 0) await deps.clock.sleep(report.requeue.pauseMs);
  for (const next of report.requeue.requests) await deps.messages.publish(topics.fleetRecheck, next);
  return report;
}
