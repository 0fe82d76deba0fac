import type { Isolation, Receipt, ReceiptKind } from '../records/receipt.ts';
import type { Digest } from '../values/digest.ts';
import { FORMAT_VERSION } from '../values/schemas.ts';
import type { PinnedMode, SandboxOptions } from './options/types.ts';
import { redact, redactUrl } from './redact.ts';

/** The facts that a run has established so far; each receipt holds those known when it is written. */
export type Findings = {
  revision: number | null;
  expectedDigest: Digest | null;
  digest: Digest | null;
  url: string | null;
  generation: string | null;
  bytes: number | null;
  timings: Record<string, number>;
};

/** How the run ended; empty in an `adopted` receipt. */
export type Ending = {
  code?: string;
  message?: string;
  exitCode?: number | null;
  signal?: string | null;
};

/** What a receipt says besides its kind and its subject; `version` and `isolation` are those of the entrypoint. */
export type Statement = {
  launch: SandboxOptions['launch'];
  findings: Findings;
  ending: Ending;
  version: string;
  isolation: Isolation;
  now: Date;
};

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

export function receiptOf(kind: ReceiptKind, mode: PinnedMode, statement: Statement): Receipt {
  const { launch, findings, ending, version, isolation, now } = statement;
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
    launch,
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
    isolation,
    entrypointVersion: version,
    writtenAt: now.toISOString(),
  };
}

/** Entry of a results archive that holds the receipt of the run. */
export const RESULTS_RECEIPT = 'pincast-receipt.json';

/** The receipt for the results archive: the `finished` receipt; in direct mode its fields without a tenant. */
export function resultsReceipt(mode: SandboxOptions['mode'], statement: Statement): string {
  if (mode.kind === 'pinned') return JSON.stringify(receiptOf('finished', mode, statement), null, 2);
  const { findings, ending, version, isolation, now } = statement;
  const { digest, expectedDigest, url, bytes, timings } = findings;
  const known = { expectedDigest, digest, environmentTarUrl: redact(redactUrl(url ?? '')), bytes, timings };
  const end = { exitCode: ending.exitCode ?? null, signal: ending.signal ?? null };
  const writer = { isolation, entrypointVersion: version, writtenAt: now.toISOString() };
  return JSON.stringify({ formatVersion: FORMAT_VERSION, kind: 'finished', ...known, ...end, ...writer }, null, 2);
}
