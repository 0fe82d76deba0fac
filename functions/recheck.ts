import { onRecheck } from './flows/rollout/handle-recheck.ts';
import { messageFunction } from './google/functions/message-function.ts';

messageFunction('recheck', (message, { cloud, config, deadline }) => onRecheck(message, cloud, config, deadline));
