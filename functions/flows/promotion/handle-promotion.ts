import type { Config } from '../../core/config.ts';
import { claimedOrder, type PubsubMessage } from '../../core/messages/pubsub-message.ts';
import type { Messages } from '../../ports/system.ts';
import type { PassDeps } from '../rollout/reconcile-fleet.ts';
import { passAndContinue } from '../rollout/requeue.ts';
import { type PromoteDeps, promote } from './promote.ts';

/** `pin-promoted`: records the promotion, then launches the tenants of its runtime. */
export async function onPromotion(
  message: PubsubMessage,
  deps: PromoteDeps & PassDeps & { messages: Messages },
  { buckets, maxEnvironmentBytes, retry }: Pick<Config, 'buckets' | 'maxEnvironmentBytes' | 'retry'>,
  deadline: Date,
): Promise<void> {
  const { faults, ...order } = claimedOrder(message);
  const policy = { environmentBuckets: buckets.environments, maxEnvironmentBytes };
  const entry = await promote({ ...order, data: message.data, delivery: message }, faults, deps, policy);
  if (entry !== undefined) await passAndContinue({ runtime: entry.runtime, relaunch: false, deadline }, deps, retry);
}
