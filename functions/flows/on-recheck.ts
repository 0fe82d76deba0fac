import type { Config } from '../core/config.ts';
import type { PubsubMessage } from '../core/pubsub-message.ts';
import { parseRecheckRequest } from '../core/recheck-request.ts';
import type { Messages } from '../ports/messages.ts';
import { recheckFleets } from './recheck-fleets.ts';
import type { PassDeps } from './run-pass.ts';

/** `fleet-recheck`: compares what should run with what receipts prove, and launches what is due. */
export async function onRecheck(
  message: PubsubMessage,
  deps: PassDeps & { messages: Messages },
  { retry }: Pick<Config, 'retry'>,
  deadline: Date,
): Promise<void> {
  const parsed = parseRecheckRequest(message.data);
  if (parsed.ok) await recheckFleets(parsed.request, deps, retry, deadline);
  else deps.log.error('recheck request refused', { messageId: message.messageId, faults: parsed.faults });
}
