/** How many pushes may be under way at the same time: slow start, as Google's push subscriptions do. */
export type PushWindow = { size: number };

const SMALLEST = 1;
const FIRST = 4;
const LARGEST = 1_000;

export const firstWindow: PushWindow = { size: FIRST };

/** One more for every success, so that it doubles with every round. */
export function afterSuccess({ size }: PushWindow): PushWindow {
  return { size: Math.min(LARGEST, size + 1) };
}

/** Half of it: an endpoint that fails is asked less at once. */
export function afterFailure({ size }: PushWindow): PushWindow {
  return { size: Math.max(SMALLEST, Math.floor(size / 2)) };
}
