import type { Config } from '../core/config.ts';
import { claimedOrder, type PubsubMessage } from '../core/pubsub-message.ts';
import type { Messages } from '../ports/messages.ts';
import { passAndContinue } from './pass-and-continue.ts';
import { type PromoteDeps, promote } from './promote.ts';
import type { PassDeps } from './run-pass.ts';

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
