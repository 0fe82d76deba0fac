import * as v from 'valibot';
import type { PubsubMessage } from '../messages/pubsub-message.ts';
import { formatVersion, identifier, timestamp } from '../values/schemas.ts';

/**
 * `prompts/<runtime>.json`: when the last reconcile caused by a receipt started. It is a separate object, because it is
 * written every 2 s, and Cloud Storage allows about one write per second and object.
 */
export const promptedStartSchema = v.object({
  formatVersion,
  runtime: identifier,
  startedAt: timestamp,
  /** The request that started it. */
  messageId: v.optional(v.string()),
});
export type PromptedStart = v.InferOutput<typeof promptedStartSchema>;

/** Receipts start at most one reconcile per runtime in this time. */
export const PROMPT_INTERVAL_MS = 2_000;
/** The greatest difference between the clocks of Pub/Sub and a function. */
const SKEW_MS = 1_000;

/**
 * Decides whether a receipt's request starts a reconcile now or after a wait. It is `covered` if a reconcile started after the
 * request was published, because that reconcile has read the receipt's record. A redelivery of the request that started it is
 * not covered, because its reconcile has failed.
 */
export function decidePrompt(
  last: PromptedStart | null,
  { messageId, publishTime }: Pick<PubsubMessage, 'messageId' | 'publishTime'>,
  now: Date,
): 'start' | 'covered' | { waitMs: number } {
  const started = last === null ? 0 : Date.parse(last.startedAt);
  if (started > now.getTime() + PROMPT_INTERVAL_MS) return 'start';
  if (started > Date.parse(publishTime) + SKEW_MS && last?.messageId !== messageId) return 'covered';
  const waitMs = started + PROMPT_INTERVAL_MS - now.getTime();
  return waitMs > 0 ? { waitMs } : 'start';
}
