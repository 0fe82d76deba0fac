import { type Assignment, isInFlight } from '../records/assignment.ts';
import { parseReceiptName } from '../records/object-names.ts';
import type { Receipt } from '../records/receipt.ts';
import { type Execution, executionName } from '../values/execution.ts';
import { isSameExecution } from '../values/job-name.ts';

/** A receipt and the object it was read from: the bucket's permissions vouch for the name, not for the content. */
export type StoredReceipt = { object: string; receipt: Receipt };

export type ReceiptContext = {
  assignment: Assignment;
  /** The tenant's own job. */
  job: string;
  /** What this assignment's launch returned, as recorded; null while there is no record. */
  launched: string | null;
  /** What Cloud Run says of the receipt's execution; null where it was not asked or has forgotten it. */
  execution: Execution | null;
};

export type ReceiptValidity = { valid: true; by: 'launch' | 'console' } | { valid: false; why: string };

/**
 * Whether a receipt may change anything: its execution is the one that this assignment's launch returned, or one of this
 * tenant's own job that was created after the assignment (a console run). An older workload shares the tenant's identity
 * and can write a receipt, but it cannot make its own execution younger.
 */
export function validateReceipt(stored: StoredReceipt, context: ReceiptContext): ReceiptValidity {
  const mismatch = nameMismatch(stored) ?? attemptMismatch(stored.receipt);
  if (mismatch !== undefined) return { valid: false, why: mismatch };
  const why = subjectMismatch(stored.receipt, context) ?? lateArrival(stored.receipt, context);
  if (why !== undefined) return { valid: false, why };
  return matchExecution(stored.receipt, context);
}

function nameMismatch({ object, receipt }: StoredReceipt): string | undefined {
  const name = parseReceiptName(object);
  if (name === undefined) return `${object} is no receipt's name`;
  const wrong = (['tenant', 'runtime', 'execution', 'taskIndex', 'taskAttempt', 'kind'] as const).filter(
    (part) => name[part] !== receipt[part],
  );
  return wrong.length === 0 ? undefined : `its content disagrees with its name in ${wrong.join(', ')}`;
}

/**
 * Pincast retries by launching, and jobs have `maxRetries` 0. Attack: an execution's folder has free names for attempts that
 * Cloud Run never makes, and the workload shares the identity that may create them.
 */
export function attemptMismatch({
  taskIndex,
  taskAttempt,
}: Pick<Receipt, 'taskIndex' | 'taskAttempt'>): string | undefined {
  if (taskIndex === 0 && taskAttempt === 0) return undefined;
  return `it is of task ${taskIndex}, attempt ${taskAttempt}; only task 0, attempt 0 counts`;
}

function subjectMismatch(receipt: Receipt, { assignment }: ReceiptContext): string | undefined {
  if (receipt.tenant !== assignment.tenant || receipt.runtime !== assignment.runtime) return 'it is another tenant’s';
  if (receipt.expectedDigest !== null && receipt.expectedDigest !== assignment.digest) {
    return `it is for ${receipt.expectedDigest}, assigned is ${assignment.digest}`;
  }
  return receipt.kind === 'adopted' || receipt.kind === 'finished' ? digestMismatch(receipt, assignment) : undefined;
}

/** What was computed counts, never what was wanted; and the same bytes under an older revision prove the older revision. */
function digestMismatch(receipt: Receipt, assignment: Assignment): string | undefined {
  if (receipt.digest !== assignment.digest) {
    return `it computed ${receipt.digest ?? 'no digest'}, assigned is ${assignment.digest}`;
  }
  if (receipt.revision === assignment.revision) return undefined;
  return `it is for revision ${receipt.revision}, assigned is ${assignment.revision}`;
}

/**
 * What an execution left was read when it was judged, so what appears later was not left by its entrypoint: the assignment
 * has told its name since, to an older workload of the tenant as well.
 */
function lateArrival({ kind, execution }: Receipt, { assignment, job }: ReceiptContext): string | undefined {
  if (kind === 'finished' || assignment.adoption === 'ADOPTED' || isInFlight(assignment)) return undefined;
  if (assignment.execution === null || !isSameExecution(assignment.execution, executionName(job, execution)))
    return undefined;
  return `${execution} was judged before, and this tenant is ${assignment.adoption}`;
}

function matchExecution(receipt: Receipt, context: ReceiptContext): ReceiptValidity {
  const { assignment, job, launched, execution } = context;
  const name = executionName(job, receipt.execution);
  if (launched !== null && isSameExecution(launched, name)) return { valid: true, by: 'launch' };
  if (execution === null || !isSameExecution(execution.name, name)) {
    return { valid: false, why: `${name} is not known as an execution of this tenant's job` };
  }
  if (execution.launchId !== null && execution.launchId !== assignment.launchId) {
    return {
      valid: false,
      why: `its execution belongs to launch ${execution.launchId}, assigned is ${assignment.launchId}`,
    };
  }
  // Only while no record says otherwise: anybody who may run the job by hand can give a second execution the launch's id.
  if (execution.launchId !== null && launched === null) return { valid: true, by: 'launch' };
  const why = createdTooEarly(receipt, execution, assignment);
  return why === undefined ? { valid: true, by: 'console' } : { valid: false, why };
}

/** A refusal is good for what was known then: an operator may have mended it since, and asked for another launch. */
function createdTooEarly({ kind }: Receipt, { createdAt }: Execution, assignment: Assignment): string | undefined {
  const created = Date.parse(createdAt);
  if (created <= Date.parse(assignment.assignedAt))
    return `its execution was created at ${createdAt}, before the assignment`;
  if (kind !== 'refused' || created > Date.parse(assignment.updatedAt)) return undefined;
  return `its execution was created at ${createdAt}, and more was found out since`;
}
