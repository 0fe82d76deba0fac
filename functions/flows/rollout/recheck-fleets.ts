import type { Config } from '../../core/config.ts';
import { logEvents } from '../../core/messages/log-events.ts';
import type { RecheckRequest } from '../../core/messages/recheck-request.ts';
import { CorruptRecordError } from '../../core/records/codec.ts';
import type { ReconcileResult } from '../../core/rollout/result.ts';
import type { Messages } from '../../ports/system.ts';
import { ExecutionBudget } from '../launch/admit.ts';
import { type OrphanDeps, scanForOrphans } from '../orphans/scan.ts';
import { type ReconcileDeps, type ReconcileRequest, reconcileAndRequeue } from './reconcile-fleet.ts';

export type RecheckDeps = ReconcileDeps & OrphanDeps & { messages: Messages };

export type RecheckPolicy = Pick<Config, 'retry' | 'orphansSeconds'>;

/**
 * Reconciles every runtime, or the requested one. An unreadable runtime is logged and skipped, because a redelivery cannot
 * repair it.
 *
 * @throws AggregateError if runtimes failed for another reason, after all have ended.
 */
export async function recheckFleets(
  request: RecheckRequest,
  deps: RecheckDeps,
  policy: RecheckPolicy,
  deadline: Date,
): Promise<ReconcileResult[]> {
  const runtimes = request.runtime === undefined ? await deps.fleet.runtimes() : [request.runtime];
  const budget = new ExecutionBudget(deps.quota.maxRunning);
  const requests = runtimes.map((runtime) => reconcileRequest(runtime, request, deadline));
  const results = await Promise.allSettled(requests.map((one) => recheckFleet(one, budget, deps, policy)));
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' && !isUnreadable(runtimes[index], result.reason, deps)
      ? [result.reason as unknown]
      : [],
  );
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${runtimes.length} reconciles failed`);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function isUnreadable(runtime: string | undefined, error: unknown, { log }: RecheckDeps): boolean {
  if (!(error instanceof CorruptRecordError)) return false;
  log.error(logEvents.objectUnreadable, { runtime, object: error.object, why: error.why });
  return true;
}

function reconcileRequest(runtime: string, request: RecheckRequest, deadline: Date): ReconcileRequest {
  const { runtime: named, tenants, relaunch, requestedAt, prompted, conflicts } = request;
  return {
    runtime,
    relaunch,
    isRoutine: prompted || (named === undefined && !relaunch),
    deadline,
    ...(prompted && { isPrompted: true }),
    ...(tenants && { tenants }),
    ...(requestedAt && { requestedAt: new Date(requestedAt) }),
    ...(conflicts && { conflicts }),
  };
}

async function recheckFleet(
  request: ReconcileRequest,
  budget: ExecutionBudget,
  deps: RecheckDeps,
  policy: RecheckPolicy,
): Promise<ReconcileResult> {
  const { runtime, tenants, relaunch, isPrompted, deadline } = request;
  // The scan comes first, so that the reconcile does not launch tenants whose console run adopted.
  if (!relaunch && !isPrompted && tenants === undefined) await tryScan(runtime, deps, policy, deadline);
  return reconcileAndRequeue(request, deps, policy.retry, budget);
}

/** Scans within a quarter of the time, because the launches of the reconcile are more urgent. */
async function tryScan(
  runtime: string,
  deps: RecheckDeps,
  { orphansSeconds, retry }: RecheckPolicy,
  deadline: Date,
): Promise<void> {
  const now = deps.clock.now().getTime();
  const quarter = new Date(now + (deadline.getTime() - now) / 4);
  try {
    await scanForOrphans({ runtime, intervalSeconds: orphansSeconds, deadline: quarter }, deps, retry);
  } catch (error) {
    deps.log.warn('orphan scan failed', { runtime, error: String(error) });
  }
}
