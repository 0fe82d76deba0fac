import type { RetryPolicy } from '../../core/launch/backoff.ts';
import { topics } from '../../core/messages/topics.ts';
import type { Messages } from '../../ports/system.ts';
import type { ExecutionBudget } from '../launch/capacity.ts';
import { type ReconcileDeps, type ReconcileRequest, type ReconcileResult, reconcileFleet } from './reconcile-fleet.ts';

/** Reconciles a runtime and, if launches remain, publishes the requests that continue it, after their pause. */
export async function reconcileAndRequeue(
  request: ReconcileRequest,
  deps: ReconcileDeps & { messages: Messages },
  policy: RetryPolicy,
  budget?: ExecutionBudget,
): Promise<ReconcileResult> {
  const report = await reconcileFleet(request, deps, policy, budget);
  if (report.requeue === undefined) return report;
  if (report.requeue.pauseMs > 0) await deps.clock.sleep(report.requeue.pauseMs);
  for (const next of report.requeue.requests) await deps.messages.publish(topics.fleetRecheck, next);
  return report;
}
