import type { Assignment } from '../records/assignment.ts';
import { type Guard, guardRefusal } from '../records/guard.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import { type Digest, parseDigest } from '../values/digest.ts';
import { SandboxError } from './errors.ts';
import type { PinnedMode } from './options/types.ts';

type Words = Pick<PinnedMode, 'tenant' | 'runtime' | 'claims'>;

/** A launch whose id is not the assignment's was replaced. Checked before anything else. @throws SandboxError SUPERSEDED */
export function checkLaunch({ claims }: Words, assignment: Assignment): void {
  if (claims.launchId === null || claims.launchId === assignment.launchId) return;
  throw new SandboxError('SUPERSEDED', 'another launch has replaced this one', {
    expected: assignment.launchId,
    actual: claims.launchId,
  });
}

/** Whoever executes the job may repeat what the ledger says, not contradict it. @throws SandboxError LEDGER_DISAGREES */
export function checkAgreement({ tenant, runtime, claims }: Words, assignment: Assignment, entry: LedgerEntry): void {
  const { revision } = assignment;
  agree('the assignment’s tenant', tenant, assignment.tenant);
  agree('the assignment’s runtime', runtime, assignment.runtime);
  agree('the ledger entry’s runtime', runtime, entry.runtime);
  agree('the ledger entry’s revision', revision, entry.revision);
  agree('the ledger entry’s digest', parseDigest(assignment.digest), parseDigest(entry.environmentTarDigest));
  if (claims.revision !== null) agree('the revision given', revision, claims.revision);
  if (claims.digest !== null) agree('the digest given', parseDigest(assignment.digest), claims.digest);
  if (claims.url !== null) agree('the URL given', entry.environmentTarUrl, claims.url);
}

/** Holds between the adoption and the run as well: a lockdown stops what has not started. @throws SandboxError */
export function checkGuard(guard: Guard, runtime: string, digest: Digest): void {
  const refusal = guardRefusal({ ...guard, revokedDigests: guard.revokedDigests.map(parseDigest) }, runtime, digest);
  if (refusal === 'REVOKED') throw new SandboxError('REVOKED', `${digest} was revoked`, { actual: digest });
  if (refusal === 'LOCKED_DOWN') throw new SandboxError('LOCKED_DOWN', `a lockdown of ${runtime} is in force`);
}

/** The assignment moved while the environment was fetched: what was unpacked is not to run any more. @throws SandboxError */
export function checkUnmoved(words: Words, before: Assignment, now: Assignment): void {
  checkLaunch(words, now);
  if (now.revision === before.revision && parseDigest(now.digest) === parseDigest(before.digest)) return;
  throw new SandboxError('SUPERSEDED', `revision ${now.revision} was assigned meanwhile`, {
    expected: now.digest,
    actual: before.digest,
  });
}

function agree(what: string, expected: string | number, actual: string | number): void {
  if (expected === actual) return;
  const message = `${what} is not the one that is assigned: expected ${expected}, got ${actual}`;
  throw new SandboxError('LEDGER_DISAGREES', message, { expected: String(expected), actual: String(actual) });
}
