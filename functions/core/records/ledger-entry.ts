import * as v from 'valibot';
import { count, digest, formatVersion, identifier, revision, timestamp } from '../values/schemas.ts';
import { rolloutPolicySchema } from './rollout-policy.ts';

/**
 * One promotion in the ledger: `pins/<runtime>/<revision>.json`, created once and never changed.
 *
 * `messageId` and `publishTime` order the promotions. `content` is the promotion's fingerprint: it distinguishes a repeated
 * promotion from another one with the same `promotionId`. `sameAs` is the revision whose pin this entry repeats.
 */
export const ledgerEntrySchema = v.object({
  formatVersion,
  runtime: identifier,
  revision,
  environmentTarUrl: v.string(),
  environmentTarDigest: digest,
  /** Absent: every tenant of the runtime. */
  tenants: v.optional(v.array(identifier)),
  promotionId: v.string(),
  messageId: v.string(),
  publishTime: timestamp,
  content: v.string(),
  promotedBy: v.optional(v.string()),
  reason: v.optional(v.string()),
  rollout: rolloutPolicySchema,
  sameAs: v.optional(revision),
  rollbackOf: v.optional(revision),
  /** The object that the preflight hashed. */
  environmentGeneration: v.string(),
  environmentBytes: count,
  recordedAt: timestamp,
});
export type LedgerEntry = v.InferOutput<typeof ledgerEntrySchema>;
