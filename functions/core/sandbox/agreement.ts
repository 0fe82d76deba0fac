import type { Assignment } from '../records/assignment.ts';
import { type Guard, guardRefusal } from '../records/guard.ts';
import type { LedgerEntry } from '../records/ledger-entry.ts';
import type { Digest } from '../values/digest.ts';
import { SandboxError } from './errors.ts';
import type { PinnedMode } from './options/types.ts';

type PinnedIdentity = Pick<PinnedMode, 'tenant' | 'runtime' | 'claims'>;

/** Refuses a launch that a later launch replaced. Runs before every other check. @throws SandboxError SUPERSEDED */
export function checkLaunch({ claims }: PinnedIdentity, assignment: Assignment): void {
  if (claims.launchId === null || claims.launchId === assignment.launchId) return;
  throw new SandboxError('SUPERSEDED', 'another launch has replaced this one', {
    expected: assignment.launchId,
    actual: claims.launchId,
  });
}

/** Compares the run's claims with the ledger: a claim may repeat the ledger, never contradict it. @throws SandboxError LEDGER_DISAGREES */
export function checkAgreement(
  { tenant, runtime, claims }: PinnedIdentity,
  assignment: Assignment,
  entry: LedgerEntry,
): void {
  const { revision } = assignment;
  agree('the assignment’s tenant', tenant, assignment.tenant);
  agree('the assignment’s runtime', runtime, assignment.runtime);
  agree('the ledger entry’s runtime', runtime, entry.runtime);
  agree('the ledger entry’s revision', revision, entry.revision);
  agree('the ledger entry’s digest', assignment.digest, entry.environmentTarDigest);
  if (claims.revision !== null) agree('the revision given', revision, claims.revision);
  if (claims.digest !== null) agree('the digest given', assignment.digest, claims.digest);
  if (claims.url !== null) agree('the URL given', entry.environmentTarUrl, claims.url);
}

/** Refuses a revoked digest and a runtime in lockdown. Runs again before the workload starts. @throws SandboxError */
export function checkGuard(guard: Guard, runtime: string, digest: Digest): void {
  const refusal = guardRefusal(guard, runtime, digest);
  if (refusal === 'REVOKED') throw new SandboxError('REVOKED', `${digest} was revoked`, { actual: digest });
  if (refusal === 'LOCKED_DOWN') throw new SandboxError('LOCKED_DOWN', `a lockdown of ${runtime} is in force`);
}

/** Refuses to run an environment whose assignment changed during the download. @throws SandboxError SUPERSEDED */
export function checkUnmoved(identity: PinnedIdentity, before: Assignment, now: Assignment): void {
  checkLaunch(identity, now);
  if (now.revision === before.revision && now.digest === before.digest) return;
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
