import type { RecheckRequest } from '../core/recheck-request.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Messages } from '../ports/messages.ts';
import { passAndContinue } from './pass-and-continue.ts';
import type { PassDeps, PassReport } from './run-pass.ts';

/** A pass over every runtime, or over what was asked for. A runtime whose pass fails does not keep the others from theirs. */
export async function recheckFleets(
  request: RecheckRequest,
  deps: PassDeps & { messages: Messages },
  policy: RetryPolicy,
  deadline: Date,
): Promise<PassReport[]> {
  const runtimes = request.runtime === undefined ? await deps.fleet.runtimes() : [request.runtime];
  const passes = runtimes.map((runtime) => {
    const { tenants, relaunch } = request;
    const isRoutine = request.runtime === undefined && !request.relaunch;
    return passAndContinue({ runtime, relaunch, isRoutine, deadline, ...(tenants && { tenants }) }, deps, policy);
  });
  const results = await Promise.allSettled(passes);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} of ${runtimes.length} passes failed`);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
