import pMap from 'p-map';
import { type Assignment, isUnderWay } from '../core/assignment.ts';
import { isClaimOver } from '../core/claim.ts';
import { type Execution, shortName } from '../core/execution.ts';
import type { Evidence } from '../core/judge.ts';
import type { ReceiptKind } from '../core/receipt.ts';
import type { FiledReceipt } from '../core/receipt-validity.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Clock } from '../ports/clock.ts';
import type { Launcher } from '../ports/launcher.ts';
import type { Launches } from '../ports/launches.ts';
import type { Receipts } from '../ports/receipts.ts';

export type EvidenceDeps = { launches: Launches; launcher: Launcher; receipts: Receipts; clock: Clock };

const CONCURRENCY = 20;

/** What became of the runs that are not settled yet. A tenant whose evidence cannot be had now is left for the next pass. */
export async function gatherEvidence(
  unsettled: readonly { tenant: Tenant; assignment: Assignment }[],
  deps: EvidenceDeps,
  policy: RetryPolicy,
  onError: (tenant: Tenant, error: unknown) => void,
): Promise<Map<string, Evidence>> {
  const found = new Map<string, Evidence>();
  await pMap(
    unsettled,
    async ({ tenant, assignment }) => {
      try {
        found.set(tenant.tenant, await evidenceFor(tenant, assignment, deps, policy));
      } catch (error) {
        onError(tenant, error);
      }
    },
    { concurrency: CONCURRENCY },
  );
  return found;
}

/** Under way, or adopted by a workload whose end has not been seen. */
export function isUnsettled(assignment: Assignment): boolean {
  return isUnderWay(assignment) || (assignment.adoption === 'ADOPTED' && assignment.outcome?.state === 'RUNNING');
}

async function evidenceFor(
  tenant: Tenant,
  assignment: Assignment,
  deps: EvidenceDeps,
  policy: RetryPolicy,
): Promise<Evidence> {
  const launched = await launchedExecution(assignment, deps);
  const name = assignment.execution ?? launched;
  if (name === null) return evidenceOfClaim(tenant, assignment, deps, policy);
  const execution = (await deps.launcher.execution(name)) ?? null;
  const receipts = await receiptsOf(assignment, shortName(name), execution, deps);
  const isGone = execution === null && isLookedForLongEnough(assignment, policy, deps.clock.now());
  // Of the execution that proved the adoption nobody need say whose it is: a console run was never launched.
  const isProved = execution === null && assignment.adoption === 'ADOPTED';
  return { launched: isProved ? name : launched, execution, absence: isGone ? 'forgotten' : null, receipts };
}

/** A launch may take a moment to appear; and of what has just adopted, not to be found proves nothing. */
function isLookedForLongEnough(assignment: Assignment, policy: RetryPolicy, now: Date): boolean {
  if (assignment.adoption !== 'ADOPTED') return isClaimOver(assignment, policy, now);
  return now.getTime() >= Date.parse(assignment.updatedAt) + policy.claimMarginSeconds * 1000;
}

async function launchedExecution(assignment: Assignment, deps: EvidenceDeps): Promise<string | null> {
  if (assignment.launchId === null) return null;
  const record = await deps.launches.read(assignment.runtime, assignment.tenant, assignment.launchId);
  return record?.execution ?? null;
}

/** A claim proves nothing: only when its time is over is an execution looked for, and its absence believed. */
async function evidenceOfClaim(
  tenant: Tenant,
  assignment: Assignment,
  deps: EvidenceDeps,
  policy: RetryPolicy,
): Promise<Evidence> {
  const nothing: Evidence = { launched: null, execution: null, absence: null, receipts: [] };
  if (assignment.launchId === null || !isClaimOver(assignment, policy, deps.clock.now())) return nothing;
  const since = new Date(Date.parse(assignment.updatedAt) - policy.claimMarginSeconds * 1000);
  const execution = await deps.launcher.findLaunch(tenant.job, assignment.launchId, since);
  if (execution === undefined) return { ...nothing, absence: 'never-launched' };
  const receipts = await receiptsOf(assignment, shortName(execution.name), execution, deps);
  return { ...nothing, execution, receipts };
}

const SETTLING: readonly ReceiptKind[] = ['adopted', 'refused', 'failed'];

async function receiptsOf(
  { tenant, runtime, adoption }: Assignment,
  short: string,
  execution: Execution | null,
  deps: EvidenceDeps,
): Promise<FiledReceipt[]> {
  const name = { tenant, runtime, execution: short, taskIndex: 0, taskAttempt: 0 };
  if (adoption === 'ADOPTED' && execution?.outcome.state !== 'FAILED') return [];
  const kinds: readonly ReceiptKind[] = adoption === 'ADOPTED' ? ['finished'] : SETTLING;
  for (const kind of kinds) {
    const receipt = await deps.receipts.read({ ...name, kind });
    if (receipt !== undefined) return [receipt];
    if (execution?.outcome.state === 'RUNNING') return [];
  }
  return [];
}
