import { type Assignment, isInFlight } from '../records/assignment.ts';
import { parseReceiptName } from '../records/object-names.ts';
import type { Receipt } from '../records/receipt.ts';
import { type Execution, executionName, isSameExecution } from '../values/execution.ts';

/** A receipt and its object's name. The bucket's permissions protect the name, not the content. */
export type StoredReceipt = { object: string; receipt: Receipt };

export type ReceiptContext = {
  assignment: Assignment;
  /** The tenant's own job. */
  job: string;
  /** The execution that this assignment's launch record names; null without a record. */
  launched: string | null;
  /** Cloud Run's execution of the receipt; null if it was not read or does not exist. */
  execution: Execution | null;
};

export type ReceiptValidity = { valid: true; by: 'launch' | 'console' } | { valid: false; why: string };

/**
 * Accepts receipts of two executions: the assignment's launch, or a console run of the tenant's own job that was created
 * after the assignment.
 *
 * Attack: an older workload shares the tenant's identity and can write receipts. It cannot make its own execution younger.
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
  if (name === undefined) return `${object} is not a receipt's name`;
  const wrong = (['tenant', 'runtime', 'execution', 'taskIndex', 'taskAttempt', 'kind'] as const).filter(
    (part) => name[part] !== receipt[part],
  );
  return wrong.length === 0 ? undefined : `its content disagrees with its name in ${wrong.join(', ')}`;
}

/**
 * Only task 0, attempt 0 counts, because jobs have one task and `maxRetries` 0.
 *
 * Attack: the workload could create receipts under the names of attempts that Cloud Run never makes.
 */
export function attemptMismatch({
  taskIndex,
  taskAttempt,
}: Pick<Receipt, 'taskIndex' | 'taskAttempt'>): string | undefined {
  if (taskIndex === 0 && taskAttempt === 0) return undefined;
  return `it is of task ${taskIndex}, attempt ${taskAttempt}; only task 0, attempt 0 counts`;
}

function subjectMismatch(receipt: Receipt, { assignment }: ReceiptContext): string | undefined {
  if (receipt.tenant !== assignment.tenant || receipt.runtime !== assignment.runtime)
    return 'it is of another tenant or runtime';
  if (receipt.expectedDigest !== null && receipt.expectedDigest !== assignment.digest) {
    return `it is for ${receipt.expectedDigest}, assigned is ${assignment.digest}`;
  }
  return receipt.kind === 'adopted' || receipt.kind === 'finished' ? digestMismatch(receipt, assignment) : undefined;
}

/** The computed digest counts, never the expected one. The same bytes under an older revision prove only that one. */
function digestMismatch(receipt: Receipt, assignment: Assignment): string | undefined {
  if (receipt.digest !== assignment.digest) {
    return `it computed ${receipt.digest ?? 'no digest'}, assigned is ${assignment.digest}`;
  }
  if (receipt.revision === assignment.revision) return undefined;
  return `it is for revision ${receipt.revision}, assigned is ${assignment.revision}`;
}

/**
 * Rejects receipts that appear after their execution was evaluated; the entrypoint's were read before.
 *
 * Attack: after evaluation the assignment shows the execution's name, so an older workload of the tenant could forge a
 * receipt under it.
 */
function lateArrival({ kind, execution }: Receipt, { assignment, job }: ReceiptContext): string | undefined {
  if (kind === 'finished' || assignment.adoption === 'ADOPTED' || isInFlight(assignment)) return undefined;
  if (assignment.execution === null || !isSameExecution(assignment.execution, executionName(job, execution)))
    return undefined;
  return `${execution} was evaluated before, and this tenant is ${assignment.adoption}`;
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
  // Attack: an operator who may run the job by hand can give a second execution the launch's id. The record decides.
  if (execution.launchId !== null && launched === null) return { valid: true, by: 'launch' };
  const why = createdTooEarly(receipt, execution, assignment);
  return why === undefined ? { valid: true, by: 'console' } : { valid: false, why };
}

/** A refusal counts only if its execution is younger than the last update, because an operator may have fixed the cause. */
function createdTooEarly({ kind }: Receipt, { createdAt }: Execution, assignment: Assignment): string | undefined {
  const created = Date.parse(createdAt);
  if (created <= Date.parse(assignment.assignedAt))
    return `its execution was created at ${createdAt}, before the assignment`;
  if (kind !== 'refused' || created > Date.parse(assignment.updatedAt)) return undefined;
  return `its execution was created at ${createdAt}, before the assignment's last update`;
}
