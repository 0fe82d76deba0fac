import { readConfig } from '#functions/core/config.ts';
import type { WaitUntil } from '#functions/core/status/conclusion.ts';
import type { PromotionProgress, PublishedPromotion } from '#functions/core/status/promotion-progress.ts';
import { waitForPromotion } from '#functions/flows/status/wait-for-promotion.ts';
import { connectCloud } from '#functions/google/cloud.ts';
import { systemClock } from '#functions/host/clock.ts';
import type { LocalCloud } from '../cloud.ts';

/** Reads compete with starting sandboxes for the processors, so the first one waits. */
const FIRST_READ_MS = 600;
const READ_INTERVAL_MS = 80;
const NEVER = new Date(8.64e15);

export type Follow = {
  promotion: PublishedPromotion;
  until: WaitUntil;
  signal: AbortSignal;
  /** If absent, only the end of the rollout or the signal ends the wait. */
  deadline?: Date;
  onProgress?: (progress: PromotionProgress) => void;
};

/** Waits for the rollout. @returns the last progress. */
export async function followRollout(
  cloud: LocalCloud,
  { promotion, until, signal, deadline = NEVER, onProgress = () => undefined }: Follow,
): Promise<PromotionProgress> {
  const deps = connectCloud(readConfig(cloud.env), systemClock, silentLog);
  await systemClock.sleep(FIRST_READ_MS);
  const pace = { firstPause: READ_INTERVAL_MS, longestPause: READ_INTERVAL_MS, signal };
  const { last } = await waitForPromotion({ promotion, until, deadline, pace }, deps, onProgress);
  return last;
}

const silentLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
