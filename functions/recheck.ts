import { onRecheck } from './flows/on-recheck.ts';
import { messageFunction } from './google/message-function.ts';

messageFunction('recheck', (message, { cloud, config, deadline }) => onRecheck(message, cloud, config, deadline));
