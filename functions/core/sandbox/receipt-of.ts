import type { Digest } from '../digest.ts';
import type { Isolation, Receipt, ReceiptKind } from '../receipt.ts';
import { FORMAT_VERSION } from '../record.ts';
import type { PinnedMode } from './options.ts';
import { redact, redactUrl } from './redact.ts';

/** What a run has found out so far; each receipt says all of it that is known when it is written. */
export type Findings = {
  revision: number | null;
  expectedDigest: Digest | null;
  digest: Digest | null;
  url: string | null;
  generation: string | null;
  bytes: number | null;
  timings: Record<string, number>;
};

/** How it ended, as far as the receipt's kind has an end. */
export type Ending = {
  code?: string;
  message?: string;
  exitCode?: number | null;
  signal?: string | null;
};

/** Which entrypoint writes, and when. */
export type Making = { version: string; isolation: Isolation; now: Date };

export const nothingFound = (): Findings => ({
  revision: null,
  expectedDigest: null,
  digest: null,
  url: null,
  generation: null,
  bytes: null,
  timings: {},
});

const MAX_MESSAGE = 1_500;

export function receiptOf(
  kind: ReceiptKind,
  mode: PinnedMode,
  findings: Findings,
  ending: Ending,
  made: Making & { launch: 'run' | 'verify' },
): Receipt {
  return {
    formatVersion: FORMAT_VERSION,
    kind,
    tenant: mode.tenant,
    runtime: mode.runtime,
    revision: findings.revision,
    launchId: mode.claims.launchId,
    execution: mode.task.execution,
    taskIndex: mode.task.index,
    taskAttempt: mode.task.attempt,
    launch: made.launch,
    expectedDigest: findings.expectedDigest,
    digest: findings.digest,
    environmentTarUrl: findings.url === null ? null : redact(redactUrl(findings.url)),
    environmentGeneration: findings.generation,
    bytes: findings.bytes,
    code: ending.code ?? null,
    message: ending.message === undefined ? null : redact(ending.message).slice(0, MAX_MESSAGE),
    exitCode: ending.exitCode ?? null,
    signal: ending.signal ?? null,
    timings: { ...findings.timings },
    isolation: made.isolation,
    entrypointVersion: made.version,
    writtenAt: made.now.toISOString(),
  };
}
