import type * as v from 'valibot';
import { type Assignment, assignmentSchema } from '../../core/records/assignment.ts';
import { CorruptRecordError, parseRecord } from '../../core/records/codec.ts';
import { guardSchema } from '../../core/records/guard.ts';
import { ledgerEntrySchema } from '../../core/records/ledger-entry.ts';
import { names } from '../../core/records/object-names.ts';
import { checkAgreement, checkGuard, checkLaunch, checkUnmoved } from '../../core/sandbox/agreement.ts';
import { SandboxError } from '../../core/sandbox/errors.ts';
import { type Location, parseLocation } from '../../core/sandbox/location.ts';
import type { PinnedMode } from '../../core/sandbox/options/types.ts';
import type { Digest } from '../../core/values/digest.ts';
import { InvalidValueError } from '../../core/values/issues.ts';
import { type RecordStore, StorageError } from '../../ports/sandbox.ts';
import type { Run } from './phases.ts';
import { translateStorageError } from './storage-errors.ts';

/** The environment to run; `assignment` is null in direct mode. */
export type Pin = { url: Location; digest: Digest; assignment: Assignment | null };

/**
 * The pin of the command line; in pinned mode the one that the tenant's assignment, its ledger entry and the guard agree on.
 *
 * @throws SandboxError SUPERSEDED before any other comparison; LEDGER_DISAGREES, REVOKED, LOCKED_DOWN, NOT_REGISTERED, …
 */
export async function resolvePin({ options: { mode }, findings, deps: { records } }: Run): Promise<Pin> {
  if (mode.kind === 'direct') {
    findings.expectedDigest = mode.digest;
    findings.url = mode.url.text;
    return { url: mode.url, digest: mode.digest, assignment: null };
  }
  const guardRead = settled(readGuard(mode, records));
  const assignment = await readAssignment(mode, records);
  const { revision, digest } = assignment;
  findings.revision = revision;
  findings.expectedDigest = digest;
  checkLaunch(mode, assignment);
  const entry = await read(records, mode.pins, names.pin(mode.runtime, revision), ledgerEntrySchema);
  findings.url = entry.environmentTarUrl;
  checkAgreement(mode, assignment, entry);
  checkGuard(await guardRead(), mode.runtime, digest);
  return { url: locationOf(entry.environmentTarUrl), digest, assignment };
}

/** Checks assignment and guard again, because they may have changed during the download. @throws SandboxError */
export async function confirmPin(
  { assignment, digest }: Pin,
  { options: { mode }, deps: { records } }: Run,
): Promise<void> {
  if (mode.kind === 'direct' || assignment === null) return;
  const guardRead = settled(readGuard(mode, records));
  checkUnmoved(mode, assignment, await readAssignment(mode, records));
  checkGuard(await guardRead(), mode.runtime, digest);
}

const readGuard = (mode: PinnedMode, records: RecordStore) => read(records, mode.assignments, names.guard, guardSchema);

const readAssignment = (mode: PinnedMode, records: RecordStore) =>
  read(records, mode.assignments, names.assignment(mode.runtime, mode.tenant), assignmentSchema);

async function read<const S extends v.GenericSchema>(
  records: RecordStore,
  bucket: string,
  object: string,
  schema: S,
): Promise<v.InferOutput<S>> {
  try {
    return parseRecord(schema, await records.read(bucket, object), `gs://${bucket}/${object}`);
  } catch (error) {
    if (error instanceof StorageError) throw translateStorageError(error, 'ledger');
    if (error instanceof CorruptRecordError) {
      throw new SandboxError('LEDGER_CORRUPT', error.message, { object: error.object }, error);
    }
    throw error;
  }
}

/** Delays the rejection of a running read until its result is asked for, so that earlier checks report first. */
function settled<T>(promise: Promise<T>): () => Promise<T> {
  promise.catch(() => undefined);
  return () => promise;
}

function locationOf(url: string): Location {
  try {
    return parseLocation(url);
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    throw new SandboxError('LEDGER_CORRUPT', `the ledger entry’s environmentTarUrl: ${error.message}`);
  }
}
