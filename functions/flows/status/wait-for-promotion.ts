import { concludePromotion, type WaitUntil } from '../../core/status/conclusion.ts';
import {
  findEntry,
  type PromotionProgress,
  type PublishedPromotion,
  recordedProgress,
} from '../../core/status/promotion-progress.ts';
import type { Rejections } from '../../ports/ledger.ts';
import type { Clock } from '../../ports/system.ts';
import { type Pace, poll } from '../poll.ts';
import { type ReadFleetDeps, readFleet } from '../rollout/read-fleet.ts';

export type WaitDeps = ReadFleetDeps & { rejections: Pick<Rejections, 'find'>; clock: Clock };

export type PromotionWait = { promotion: PublishedPromotion; until: WaitUntil; deadline: Date; pace?: Pace };

/** Reads ledger, rejection and fleet until the promotion has reached the state that is waited for. */
export function waitForPromotion(
  { promotion, until, deadline, pace }: PromotionWait,
  deps: WaitDeps,
  onProgress: (progress: PromotionProgress) => void,
): Promise<{ ended: boolean; last: PromotionProgress }> {
  const isEnd = (progress: PromotionProgress) => concludePromotion(progress, until) !== undefined;
  return poll(() => readProgress(promotion, deps), isEnd, { clock: deps.clock, deadline, pace }, onProgress);
}

async function readProgress(promotion: PublishedPromotion, deps: WaitDeps): Promise<PromotionProgress> {
  const fleet = await readFleet(promotion.runtime, deps);
  const entry = findEntry(fleet.ledger, promotion);
  if (entry !== undefined) return recordedProgress(entry, fleet);
  const rejection = await deps.rejections.find(promotion.messageId);
  return rejection === undefined ? { kind: 'unrecorded' } : { kind: 'rejected', rejection };
}
