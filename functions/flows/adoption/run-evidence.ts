import { type Evidence, isEndUnseen, noEvidence, type Unsettled } from '../../core/adoption/evidence.ts';
import type { StoredReceipt } from '../../core/adoption/validate-receipt.ts';
import { earliestExecution, isClaimExpired } from '../../core/launch/claim.ts';
import type { RetryPolicy } from '../../core/launch/retry-policy.ts';
import { type Assignment, isInFlight } from '../../core/records/assignment.ts';
import type { ReceiptKind } from '../../core/records/receipt.ts';
import { type Execution, executionId } from '../../core/values/execution.ts';
import type { Launcher, Launches } from '../../ports/launcher.ts';
import type { Receipts } from '../../ports/receipts.ts';
import type { Clock } from '../../ports/system.ts';
import type { ListedExecutions } from './listed-executions.ts';

export type RunEvidenceDeps = { launches: Launches; launcher: Launcher; receipts: Receipts; clock: Clock };

type RunContext = { listed: ListedExecutions; deps: RunEvidenceDeps; policy: RetryPolicy };

/**
 * Reads what became of a tenant's run; undefined if it cannot have changed.
 *
 * An execution that the list does not show is read by name, because a list proves presence only.
 */
export async function runEvidence(unsettled: Unsettled, context: RunContext): Promise<Evidence | undefined> {
  const { assignment } = unsettled;
  const ended = await endedOfEarlierPins(assignment, context);
  const own = isInFlight(assignment)
    ? await evidenceOfLaunch(unsettled, context)
    : isEndUnseen(assignment) && (await evidenceOfEnd(assignment, context));
  return ended.length === 0 ? own || undefined : { ...(own || noEvidence), ended };
}

/** Counts an execution as ended if Cloud Run says so or does not know it; without an answer it still counts as running. */
async function endedOfEarlierPins({ leftRunning = [] }: Assignment, { listed, deps }: RunContext): Promise<string[]> {
  const ended: string[] = [];
  for (const { execution } of leftRunning) {
    const read = () => deps.launcher.execution(execution).catch(() => 'no answer' as const);
    const seen = listed.named(execution) ?? (await read());
    if (seen !== 'no answer' && seen?.outcome.state !== 'RUNNING') ended.push(execution);
  }
  return ended;
}

async function evidenceOfLaunch(unsettled: Unsettled, context: RunContext): Promise<Evidence | undefined> {
  const { assignment } = unsettled;
  const { deps, policy } = context;
  const launched = assignment.execution ?? (await recordedExecution(assignment, deps.launches));
  if (launched === null) return evidenceOfClaim(unsettled, context);
  const execution = await executionNamed(launched, context);
  if (execution !== null && isQueued(execution)) return undefined;
  const receipts = await receiptsOf(assignment, launched, execution, deps);
  const isGone = execution === null && isClaimExpired(assignment, { policy, now: deps.clock.now() });
  return { launched, execution, absence: isGone ? 'garbage-collected' : null, receipts };
}

function isQueued({ started, outcome }: Execution): boolean {
  return !started && outcome.state === 'RUNNING';
}

/** The execution that the launch record of the assignment's claim names; null without a claim or a record. */
export async function recordedExecution(
  { runtime, tenant, launchId }: Assignment,
  launches: Launches,
): Promise<string | null> {
  return launchId === null ? null : ((await launches.read(runtime, tenant, launchId))?.execution ?? null);
}

/** Searches for an execution after the claim has expired: until then its absence proves nothing. */
async function evidenceOfClaim({ tenant, assignment }: Unsettled, context: RunContext): Promise<Evidence | undefined> {
  const { listed, deps, policy } = context;
  const { launchId, notAfter } = assignment;
  if (launchId === null || notAfter === null) return undefined;
  if (!isClaimExpired(assignment, { policy, now: deps.clock.now() })) return undefined;
  const seen = listed.launch(tenant.job, launchId);
  const execution =
    seen === undefined
      ? await deps.launcher.findLaunch(tenant.job, launchId, earliestExecution(notAfter, policy))
      : await executionNamed(seen.name, context);
  if (!execution) return { ...noEvidence, absence: 'never-launched' };
  return { ...noEvidence, execution, receipts: await receiptsOf(assignment, execution.name, execution, deps) };
}

/** Reads how the execution of an adopted tenant ended. */
async function evidenceOfEnd(assignment: Assignment, context: RunContext): Promise<Evidence | undefined> {
  const { deps, policy } = context;
  const name = assignment.execution;
  if (name === null) return undefined;
  const execution = await executionNamed(name, context);
  if (execution?.outcome.state === 'RUNNING' && assignment.reason === null) return undefined;
  const receipts = execution?.outcome.state === 'FAILED' ? await firstOf(['finished'], assignment, name, deps) : [];
  // Cloud Run may not know an execution yet that has just adopted.
  const isOld = deps.clock.now().getTime() >= Date.parse(assignment.updatedAt) + policy.claimMarginSeconds * 1000;
  return { launched: name, execution, absence: execution === null && isOld ? 'garbage-collected' : null, receipts };
}

/** Reads a failed execution by name, because lists have no exit codes. */
async function executionNamed(name: string, { listed, deps }: RunContext): Promise<Execution | null> {
  const seen = listed.named(name);
  if (seen !== undefined && seen.outcome.state !== 'FAILED') return seen;
  return (await deps.launcher.execution(name)) ?? seen ?? null;
}

function receiptsOf(
  assignment: Assignment,
  name: string,
  execution: Execution | null,
  deps: RunEvidenceDeps,
): Promise<StoredReceipt[]> {
  const isRunning = execution?.outcome.state === 'RUNNING';
  return firstOf(isRunning ? ['adopted'] : ['adopted', 'refused', 'failed'], assignment, name, deps);
}

async function firstOf(
  kinds: readonly ReceiptKind[],
  { tenant, runtime }: Assignment,
  execution: string,
  { receipts }: RunEvidenceDeps,
): Promise<StoredReceipt[]> {
  const name = { tenant, runtime, execution: executionId(execution), taskIndex: 0, taskAttempt: 0 };
  for (const kind of kinds) {
    const receipt = await receipts.read({ ...name, kind });
    if (receipt !== undefined) return [receipt];
  }
  return [];
}
