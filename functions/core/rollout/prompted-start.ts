import * as v from 'valibot';
import { formatVersion, identifier, timestamp } from '../values/schemas.ts';

/**
 * `prompts/<runtime>.json`: when the last reconcile that a receipt asked for started. An object of its own, because it is
 * written every 2 s, and Cloud Storage takes about one write a second of an object.
 */
export const promptedStartSchema = v.object({ formatVersion, runtime: identifier, startedAt: timestamp });
export type PromptedStart = v.InferOutput<typeof promptedStartSchema>;

/** At most one reconcile that receipts ask for starts in this time, per runtime. */
export const PROMPT_INTERVAL_MS = 2_000;
/** The clocks of Pub/Sub and of a function may differ by so much. */
const SKEW_MS = 1_000;

/**
 * Whether a receipt's request starts a reconcile now, after a wait, or not at all, because one that started after the
 * request was published has read what the receipt recorded.
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
