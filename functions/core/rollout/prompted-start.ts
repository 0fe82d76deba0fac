import * as v from 'valibot';
import { formatVersion, identifier, timestamp } from '../values/schemas.ts';

/**
 * `prompts/<runtime>.json`: when the last reconcile caused by a receipt started. It is a separate object, because it is
 * written every 2 s, and Cloud Storage allows about one write per second and object.
 */
export const promptedStartSchema = v.object({ formatVersion, runtime: identifier, startedAt: timestamp });
export type PromptedStart = v.InferOutput<typeof promptedStartSchema>;

/** Receipts start at most one reconcile per runtime in this time. */
export const PROMPT_INTERVAL_MS = 2_000;
/** The greatest difference between the clocks of Pub/Sub and a function. */
const SKEW_MS = 1_000;

/**
 * Decides whether a receipt's request starts a reconcile now or after a wait. It is `covered` if a reconcile started after the
 * request was published, because that reconcile has read the receipt's record.
 */
export function decidePrompt(
  last: PromptedStart | null,
  publishedAt: Date,
  now: Date,
): 'start' | 'covered' | { waitMs: number } {
  const started = last === null ? 0 : Date.parse(last.startedAt);
  if (started > now.getTime() + PROMPT_INTERVAL_MS) return 'start';
  if (started > publishedAt.getTime() + SKEW_MS) return 'covered';
  const waitMs = started + PROMPT_INTERVAL_MS - now.getTime();
  return waitMs > 0 ? { waitMs } : 'start';
}
