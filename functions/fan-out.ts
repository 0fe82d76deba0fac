import { handlePromotion } from './flows/promotion/promote.ts';
import { messageFunction } from './google/functions/message-function.ts';

messageFunction('fanOut', (message, { cloud, config, deadline }) => handlePromotion(message, cloud, config, deadline));

// Loads Cloud Run's slow client while the instance waits for its first event, because the first launch needs it.
void import('./google/run/clients.ts');
