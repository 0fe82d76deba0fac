import { handlePromotion } from './flows/promotion/handle-promotion.ts';
import { messageFunction } from './google/functions/message-function.ts';

messageFunction('fanOut', (message, { cloud, config, deadline }) => handlePromotion(message, cloud, config, deadline));

// The first launch needs Cloud Run's client, which is slow to load: it loads while the instance waits for its first event.
void import('./google/run/launcher.ts').then(() => import('./google/run/clients.ts'));
