import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Tenant } from '../records/tenant.ts';
import type { Execution } from '../values/execution.ts';
import type { StoredReceipt } from './validate-receipt.ts';

/** What receipts and Cloud Run say about a tenant's newest run. */
export type Evidence = {
  /** The execution that this assignment's launch record names. */
  launched: string | null;
  /** Cloud Run's execution; null if it was not read or does not exist. */
  execution: Execution | null;
  /**
   * Why Cloud Run has no execution after the claim expired: none was launched, or Cloud Run deleted it. Null before that.
   */
  absence: 'never-launched' | 'garbage-collected' | null;
  receipts: StoredReceipt[];
  /** Executions of earlier pins that have ended or that Cloud Run has deleted. */
  ended?: readonly string[];
  /** Why Cloud Run could not be read. */
  unavailable?: string;
};

export const noEvidence: Evidence = { launched: null, execution: null, absence: null, receipts: [] };

/** A tenant with a run whose evidence may change its assignment. */
export type Unsettled = { tenant: Tenant; assignment: Assignment };

/** True if a launch is in flight, or the end of the adopted workload or of an earlier pin's is unknown. */
export function needsEvidence(assignment: Assignment): boolean {
  return isInFlight(assignment) || isEndUnseen(assignment) || assignment.leftRunning !== undefined;
}

/** True if the adopted workload still ran when it was last read. */
export function isEndUnseen({ adoption, outcome }: Assignment): boolean {
  return adoption === 'ADOPTED' && outcome?.state === 'RUNNING';
}
