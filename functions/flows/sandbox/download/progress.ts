/** What is quiet for longer looks stuck. */
const SAY_EVERY_MS = 5_000;

/** Says every now and then how far a download has come. @param bytes of the whole; null where nobody knows */
export function progress(
  bytes: number | null,
  { elapsed, info }: { elapsed: () => number; info: (line: string) => void },
): (received: number) => void {
  let saidAt = elapsed();
  return (received) => {
    if (elapsed() - saidAt < SAY_EVERY_MS) return;
    saidAt = elapsed();
    info(`downloaded ${received} of ${bytes ?? 'unknown'} bytes`);
  };
}
