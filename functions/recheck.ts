import { parseRecheckRequest } from './core/recheck-request.ts';
import { recheckFleets } from './flows/recheck-fleets.ts';
import { messageFunction } from './google/message-function.ts';

/** `fleet-recheck`: compares what should run with what receipts prove, and launches what is due. */
messageFunction('recheck', async (message, { cloud, config, deadline }) => {
  const parsed = parseRecheckRequest(message.data);
  if (parsed.ok) await recheckFleets(parsed.request, cloud, config.retry, deadline);
  else cloud.log.error('recheck request refused', { messageId: message.messageId, faults: parsed.faults });
});
