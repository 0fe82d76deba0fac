import type { Config } from '../../core/config.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { parseRecheckRequest, type RecheckRequest } from '../../core/messages/recheck-request.ts';
import { decidePrompt } from '../../core/rollout/prompted-start.ts';
import { FORMAT_VERSION } from '../../core/values/schemas.ts';
import type { ReconcileStates } from '../../ports/reconcile-states.ts';
import type { Clock } from '../../ports/system.ts';
import { type RecheckDeps, recheckFleets } from './recheck-fleets.ts';

type RecheckConfig = Pick<Config, 'retry' | 'orphansSeconds' | 'recheckStaleSeconds'>;

/** Handles `fleet-recheck`: compares what should run with what receipts prove, and launches what is due. */
export async function handleRecheck(
  message: PubsubMessage,
  deps: RecheckDeps,
  config: RecheckConfig,
  deadline: Date,
): Promise<void> {
  const { data, messageId, publishTime } = message;
  const parsed = parseRecheckRequest(data);
  if (!parsed.ok) return deps.log.error('recheck request refused', { messageId, faults: parsed.issues });
  const { request } = parsed;
  if (isTick(request) && deps.clock.now().getTime() - Date.parse(publishTime) > config.recheckStaleSeconds * 1000) {
    return deps.log.info('recheck dropped, the next tick replaces it', { messageId, publishTime });
  }
  const { runtime, prompted } = request;
  if (prompted && runtime !== undefined && !(await startPrompted(runtime, message, deps))) return;
  const requestedAt = request.requestedAt ?? publishTime;
  await recheckFleets({ ...request, requestedAt }, deps, config, deadline);
}

/** True for the request that the scheduler publishes every minute. */
function isTick({ runtime, relaunch }: RecheckRequest): boolean {
  return runtime === undefined && !relaunch;
}

/**
 * Waits until a reconcile that a receipt requested may start, and marks its start by CAS.
 *
 * @param message the request: a reconcile that started after its publication covers it.
 * @returns false if another reconcile covers the request, so that this one is dropped.
 */
async function startPrompted(
  runtime: string,
  message: PubsubMessage,
  { reconciles, clock }: { reconciles: ReconcileStates; clock: Clock },
): Promise<boolean> {
  for (;;) {
    const last = await reconciles.lastPrompted(runtime);
    const now = clock.now();
    const decision = decidePrompt(last?.value ?? null, message, now);
    if (decision === 'covered') return false;
    if (decision === 'start') {
      const { messageId } = message;
      const start = { formatVersion: FORMAT_VERSION, runtime, startedAt: now.toISOString(), messageId } as const;
      if ((await reconciles.markPrompted(start, last?.generation ?? null)) === 'written') return true;
    } else await clock.sleep(decision.waitMs);
  }
}
