import type { Clock } from '../ports/clock.ts';
import type { Rejections } from '../ports/rejections.ts';
import { type GatherDeps, gatherFleet } from './gather-fleet.ts';
import { poll } from './poll.ts';
import {
  findEntry,
  isSettled,
  type PromotionProgress,
  type PublishedPromotion,
  recordedProgress,
} from './promotion-progress.ts';

export type WaitDeps = GatherDeps & { rejections: Rejections; clock: Clock };

/** Rejections are rare: one that was just made is among the newest. */
const REJECTIONS_LOOKED_AT = 200;

/** Follows a promotion by reading the ledger, the rejections and the fleet, until nothing more is to be expected of it. */
export function waitForPromotion(
  promotion: PublishedPromotion,
  deps: WaitDeps,
  deadline: Date,
  onProgress: (progress: PromotionProgress) => void,
): Promise<{ ended: boolean; last: PromotionProgress }> {
  return poll(() => look(promotion, deps), isSettled, deps.clock, deadline, onProgress);
}

async function look(promotion: PublishedPromotion, deps: WaitDeps): Promise<PromotionProgress> {
  const fleet = await gatherFleet(promotion.runtime, deps);
  const entry = findEntry(fleet.entries, promotion);
  if (entry !== undefined) return recordedProgress(entry, fleet);
  const rejections = await deps.rejections.list(REJECTIONS_LOOKED_AT);
  const rejection = rejections.find(({ messageId }) => messageId === promotion.messageId);
  return rejection === undefined ? { kind: 'unrecorded' } : { kind: 'rejected', rejection };
}
