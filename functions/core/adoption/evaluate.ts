import { withoutEnded } from '../launch/left-running.ts';
import type { EvaluationContext } from '../launch/retry-policy.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Receipt } from '../records/receipt.ts';
import { jobOf } from '../values/execution.ts';
import { applyExecution } from './apply-execution.ts';
import { applyReceipt } from './apply-receipt.ts';
import type { Evidence, Unsettled } from './evidence.ts';
import { type StoredReceipt, validateReceipt } from './validate-receipt.ts';

export type Evaluation = {
  /** The assignment after the evidence; the same object if nothing changes. */
  next: Assignment;
  /** Cloud Run's execution with the assignment's launch id, if no launch record names it. */
  unrecorded: string | undefined;
  ignored: { object: string; why: string }[];
};

/** Evaluates the runs whose evidence was read, by tenant. */
export function evaluateRuns(
  unsettled: readonly Unsettled[],
  evidence: ReadonlyMap<string, Evidence>,
  context: EvaluationContext,
): Map<string, Evaluation> {
  return new Map(
    unsettled.flatMap((run) => {
      const found = evidence.get(run.tenant.tenant);
      return found === undefined ? [] : [[run.tenant.tenant, evaluateRun(run, found, context)]];
    }),
  );
}

function evaluateRun({ tenant, assignment }: Unsettled, evidence: Evidence, context: EvaluationContext): Evaluation {
  // A launch in flight belongs to the job in its record, even if the registration has changed.
  const job = isInFlight(assignment) && evidence.launched !== null ? jobOf(evidence.launched) : tenant.job;
  const evaluation = evaluate(assignment, job, evidence, context);
  return { ...evaluation, next: withoutEnded(evaluation.next, evidence.ended ?? []) };
}

/** Evaluates the evidence of one run of this job. A proved adoption stays proved. */
export function evaluate(
  assignment: Assignment,
  job: string,
  evidence: Evidence,
  context: EvaluationContext,
): Evaluation {
  const claimed = { assignment, job, launched: evidence.launched, execution: evidence.execution };
  const ignored: Evaluation['ignored'] = [];
  let next = assignment;
  let finished: Receipt | undefined;
  for (const filed of byKind(evidence.receipts)) {
    const validity = validateReceipt(filed, claimed);
    if (validity.valid) next = applyReceipt(next, filed, { job, by: validity.by }, context);
    else ignored.push({ object: filed.object, why: validity.why });
    if (validity.valid && filed.receipt.kind === 'finished') finished = filed.receipt;
  }
  next = applyExecution(next, evidence, finished, context);
  return {
    next: next === assignment ? assignment : { ...next, updatedAt: context.now.toISOString() },
    unrecorded: isUnrecordedLaunch(assignment, evidence) ? evidence.execution?.name : undefined,
    ignored,
  };
}

function isUnrecordedLaunch({ launchId }: Assignment, { launched, execution }: Evidence): boolean {
  if (launched !== null || execution === null || launchId === null) return false;
  return execution.launchId === launchId;
}

const ORDER = ['adopted', 'refused', 'failed', 'superseded', 'finished'];

function byKind(receipts: readonly StoredReceipt[]): StoredReceipt[] {
  return [...receipts].sort((a, b) => ORDER.indexOf(a.receipt.kind) - ORDER.indexOf(b.receipt.kind));
}
