import type { SandboxOptions } from './options.ts';
import { type Ending, type Findings, type Making, receiptOf } from './receipt-of.ts';
import { redact, redactUrl } from './redact.ts';

/** The name in a results archive under which it says what produced it. */
export const RESULTS_RECEIPT = 'pincast-receipt.json';

/** Which pin, bytes and execution produced these results: the `finished` receipt, as far as the mode has one. */
export function resultsReceipt(
  { mode, launch }: SandboxOptions,
  findings: Findings,
  ending: Ending,
  made: Making,
): string {
  if (mode.kind === 'pinned') {
    return JSON.stringify(receiptOf('finished', mode, findings, ending, { launch, ...made }), null, 2);
  }
  const { digest, expectedDigest, url, bytes, timings } = findings;
  const known = { expectedDigest, digest, environmentTarUrl: redact(redactUrl(url ?? '')), bytes, timings };
  const end = { exitCode: ending.exitCode ?? null, signal: ending.signal ?? null };
  const writer = { isolation: made.isolation, entrypointVersion: made.version, writtenAt: made.now.toISOString() };
  return JSON.stringify({ formatVersion: 1, kind: 'finished', ...known, ...end, ...writer }, null, 2);
}
