import { MAX_RECORD_BYTES } from '#functions/core/records/codec.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import { defaultRolloutPolicy } from '#functions/core/records/rollout-policy.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import { digestOf } from './digest.ts';
import { buckets } from './names.ts';
import { buildRecordMetadata, type World } from './world.ts';

export type FormerLedger = {
  entries: number;
  /** Names in each entry's scope, all of former tenants; 0: it covers every tenant. */
  scope: number;
};

/** Revisions that stand in the ledger from the beginning. 300 names exceed the metadata, so that a list does not return them. */
export function seedLedger(world: World, runtime: string, { entries, scope }: FormerLedger): void {
  const tenants = Array.from({ length: scope }, (_, index) => `former-tenant-of-the-acme-department-${index}`);
  for (let revision = 1; revision <= entries; revision++) {
    const publishedAt = new Date(world.timeline.now - (entries - revision + 1) * 60_000);
    const entry = { ...formerEntry(runtime, revision, publishedAt), ...(scope > 0 && { tenants }) };
    putSeed(world, buckets.pins, names.pin(runtime, revision), entry);
  }
}

/** Stores a record from the beginning; the invariants check what functions write, and this is not among it. */
export function putSeed(world: World, bucket: string, name: string, record: object): void {
  const text = JSON.stringify(record);
  const fits = Buffer.byteLength(text) <= MAX_RECORD_BYTES;
  world.buckets.seed(bucket, name, text, fits ? buildRecordMetadata(text) : { formatVersion: String(FORMAT_VERSION) });
}

function formerEntry(runtime: string, revision: number, publishedAt: Date): LedgerEntry {
  const body = `environment ${revision}`;
  return {
    formatVersion: FORMAT_VERSION,
    runtime,
    revision,
    environmentTarUrl: `gs://${buckets.environments}/${runtime}/former-${revision}.tar`,
    environmentTarDigest: digestOf(body),
    promotionId: `former-${revision}`,
    messageId: String(revision),
    publishTime: publishedAt.toISOString().replace('Z', '000000Z'),
    content: body,
    rollout: defaultRolloutPolicy,
    environmentGeneration: '1',
    environmentBytes: body.length,
    recordedAt: publishedAt.toISOString(),
  };
}
