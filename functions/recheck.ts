import { handleRecheck } from './flows/rollout/handle-recheck.ts';
import { messageFunction } from './google/functions/message-function.ts';

messageFunction('recheck', (message, { cloud, config, deadline }) => handleRecheck(message, cloud, config, deadline));
