import { claimedOrder } from './core/pubsub-message.ts';
import { passAndContinue } from './flows/pass-and-continue.ts';
import { promote } from './flows/promote.ts';
import { messageFunction } from './google/message-function.ts';

/** `pin-promoted`: records the promotion, then launches the tenants of its runtime. */
messageFunction('fanOut', async (message, { cloud, config, deadline }) => {
  const { faults, ...order } = claimedOrder(message);
  const entry = await promote({ ...order, data: message.data }, faults, cloud, {
    environmentBuckets: config.buckets.environments,
    maxEnvironmentBytes: config.maxEnvironmentBytes,
  });
  if (entry === undefined) return;
  await passAndContinue({ runtime: entry.runtime, relaunch: false, deadline }, cloud, config.retry);
});

// The first launch needs Cloud Run's client, which is slow to load: it loads while the instance waits for its first event.
void import('./google/run-launcher.ts').then(() => import('./google/run-clients.ts'));
