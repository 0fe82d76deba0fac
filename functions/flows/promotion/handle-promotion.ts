import type { Config } from '../../core/config.ts';
import { effectiveOrder, type PubsubMessage } from '../../core/messages/pubsub-message.ts';
import type { Messages } from '../../ports/system.ts';
import type { ReconcileDeps } from '../rollout/reconcile-fleet.ts';
import { reconcileAndRequeue } from '../rollout/reconcile-fleet.ts';
import { type PromoteDeps, promote } from './promote.ts';

/** Handles `pin-promoted`: records the promotion, then reconciles its runtime. */
export async function handlePromotion(
  message: PubsubMessage,
  deps: PromoteDeps & ReconcileDeps & { messages: Messages },
  { buckets, maxEnvironmentBytes, retry }: Pick<Config, 'buckets' | 'maxEnvironmentBytes' | 'retry'>,
  deadline: Date,
): Promise<void> {
  const { issues, ...order } = effectiveOrder(message);
  const policy = { environmentBuckets: buckets.environments, maxEnvironmentBytes };
  const entry = await promote({ ...order, data: message.data, delivery: message }, issues, deps, policy);
  if (entry !== undefined)
    await reconcileAndRequeue({ runtime: entry.runtime, relaunch: false, deadline }, deps, retry);
}
