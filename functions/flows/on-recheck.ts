import type { Config } from '../core/config.ts';
import type { PubsubMessage } from '../core/pubsub-message.ts';
import { parseRecheckRequest } from '../core/recheck-request.ts';
import { type RecheckDeps, recheckFleets } from './recheck-fleets.ts';

/** `fleet-recheck`: compares what should run with what receipts prove, and launches what is due. */
export async function onRecheck(
  message: PubsubMessage,
  deps: RecheckDeps,
  config: Pick<Config, 'retry' | 'orphansSeconds'>,
  deadline: Date,
): Promise<void> {
  const parsed = parseRecheckRequest(message.data);
  if (parsed.ok) {
    const { requestedAt = message.publishTime } = parsed.request;
    await recheckFleets({ ...parsed.request, requestedAt }, deps, config, deadline);
  } else deps.log.error('recheck request refused', { messageId: message.messageId, faults: parsed.faults });
}
