/** Pauses in one unit: the first, and the longest. */
export type Backoff = { first: number; longest: number };

/**
 * The pause after a failed attempt, counted from 1: each is twice as long as the one before.
 *
 * @param random 0 to 1: jitter between half of the pause and all of it.
 */
export function backoff(attempt: number, { first, longest }: Backoff, random = 1): number {
  return Math.min(first * 2 ** Math.max(0, attempt - 1), longest) * (0.5 + random / 2);
}

/** True if the same request may succeed later: 408, 429, and every 5xx, because proxies add their own. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
