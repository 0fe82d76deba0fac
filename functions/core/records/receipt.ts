import * as v from 'valibot';
import { count, digest, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';

const receiptKind = v.picklist(['adopted', 'refused', 'failed', 'superseded', 'finished']);
export type ReceiptKind = v.InferOutput<typeof receiptKind>;

const isolation = v.picklist(['uid', 'none']);
export type Isolation = v.InferOutput<typeof isolation>;

/**
 * A sandbox's report of one step of its execution.
 *
 * `digest` is computed from the bytes that this execution downloaded, never copied from `expectedDigest`; null if no bytes
 * were hashed. `code`, `message` say why a run was refused or failed; `exitCode`, `signal` how it finished.
 */
export const receiptSchema = v.object({
  formatVersion,
  kind: receiptKind,
  tenant: identifier,
  runtime: identifier,
  revision: v.nullable(revision),
  launchId: v.nullable(v.string()),
  /** The execution's id, as in `CLOUD_RUN_EXECUTION`. */
  execution: v.string(),
  taskIndex: count,
  taskAttempt: count,
  launch: v.picklist(['run', 'verify']),
  expectedDigest: v.nullable(digest),
  digest: v.nullable(digest),
  environmentTarUrl: v.nullable(v.string()),
  environmentGeneration: v.nullable(v.string()),
  bytes: v.nullable(count),
  code: v.nullable(v.string()),
  message: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
  exitCode: v.nullable(count),
  signal: v.nullable(v.string()),
  /** Milliseconds per phase. */
  timings: v.record(v.string(), v.number()),
  /** `uid`: the workload ran as its own user. `none`: as the entrypoint's. Absent in receipts of older sandboxes. */
  isolation: v.optional(isolation),
  entrypointVersion: v.string(),
  writtenAt: timestamp,
});
export type Receipt = v.InferOutput<typeof receiptSchema>;
