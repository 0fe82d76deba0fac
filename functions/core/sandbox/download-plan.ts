/** How often, and after what pause, a download goes on that broke off. */
export type DownloadPolicy = { attempts: number; firstPauseMs: number; maxPauseMs: number; progressBytes: number };

export const downloadPolicy: DownloadPolicy = {
  attempts: 7,
  firstPauseMs: 100,
  maxPauseMs: 5_000,
  /** An attempt that brought this much does not count: a large tar may break often and still arrive. */
  progressBytes: 8 * 1024 * 1024,
};

/** Failures in a row, after one more attempt that brought `gained` bytes. */
export function failuresAfter(failures: number, gained: number, policy: DownloadPolicy): number {
  return gained >= policy.progressBytes ? 1 : failures + 1;
}

/** Milliseconds to wait; undefined where it is enough. @param random 0 to 1 */
export function pauseAfter(failures: number, random: number, policy: DownloadPolicy): number | undefined {
  if (failures >= policy.attempts) return undefined;
  const pause = Math.min(policy.firstPauseMs * 2 ** (failures - 1), policy.maxPauseMs);
  return pause * (0.5 + random / 2);
}
