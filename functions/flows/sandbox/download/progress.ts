const REPORT_EVERY_MS = 5_000;

/** Logs the progress of a download every 5 s. @param bytes the object's size; null if unknown */
export function progress(
  bytes: number | null,
  { elapsed, info }: { elapsed: () => number; info: (line: string) => void },
): (received: number) => void {
  let reportedAt = elapsed();
  return (received) => {
    if (elapsed() - reportedAt < REPORT_EVERY_MS) return;
    reportedAt = elapsed();
    info(`downloaded ${received} of ${bytes ?? 'unknown'} bytes`);
  };
}
