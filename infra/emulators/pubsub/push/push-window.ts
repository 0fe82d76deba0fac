/** The number of concurrent pushes, by slow start as in Google's push subscriptions. */
export type PushWindow = { size: number };

const SMALLEST = 1;
const FIRST = 4;
const LARGEST = 1_000;

export const firstWindow: PushWindow = { size: FIRST };

/** One more for every success, so that it doubles with every round. */
export function afterSuccess({ size }: PushWindow): PushWindow {
  return { size: Math.min(LARGEST, size + 1) };
}

/** Halves it after a failure. */
export function afterFailure({ size }: PushWindow): PushWindow {
  return { size: Math.max(SMALLEST, Math.floor(size / 2)) };
}
