import * as v from 'valibot';
import { count, digest, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';

const receiptKind = v.picklist(['adopted', 'refused', 'failed', 'superseded', 'finished']);
export type ReceiptKind = v.InferOutput<typeof receiptKind>;

const isolation = v.picklist(['uid', 'none']);
export type Isolation = v.InferOutput<typeof isolation>;

/**
 * What a sandbox wrote about what it did.
 *
 * `digest` is what was computed from the bytes that this execution downloaded, never an echo of what was wanted; null
 * where no bytes were hashed. `code`, `message` say why a run was refused or failed; `exitCode`, `signal` how it finished.
 */
export const receiptSchema = v.object({
  formatVersion,
  kind: receiptKind,
  tenant: identifier,
  runtime: identifier,
  revision: v.nullable(revision),
  launchId: v.nullable(v.string()),
  /** Cloud Run's short name of the execution. */
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
  /** Milliseconds that each phase took, by its name. */
  timings: v.record(v.string(), v.number()),
  /** What separated the workload from the entrypoint: a user of its own, or nothing. Absent: an older sandbox wrote it. */
  isolation: v.optional(isolation),
  entrypointVersion: v.string(),
  writtenAt: timestamp,
});
export type Receipt = v.InferOutput<typeof receiptSchema>;
