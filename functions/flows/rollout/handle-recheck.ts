import type { Config } from '../../core/config.ts';
import type { PubsubMessage } from '../../core/messages/pubsub-message.ts';
import { parseRecheckRequest, type RecheckRequest } from '../../core/messages/recheck-request.ts';
import { type RecheckDeps, recheckFleets } from './recheck-fleets.ts';
import { startPrompted } from './start-prompted.ts';

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
  const publishedAt = new Date(publishTime);
  if (isTick(request) && deps.clock.now().getTime() - publishedAt.getTime() > config.recheckStaleSeconds * 1000) {
    return deps.log.info('recheck dropped, the next tick replaces it', { messageId, publishTime });
  }
  if (request.prompted && request.runtime !== undefined && !(await startPrompted(request.runtime, publishedAt, deps)))
    return;
  const requestedAt = request.requestedAt ?? publishTime;
  await recheckFleets({ ...request, requestedAt }, deps, config, deadline);
}

/** True for the request that the scheduler publishes every minute. */
function isTick({ runtime, relaunch }: RecheckRequest): boolean {
  return runtime === undefined && !relaunch;
}
