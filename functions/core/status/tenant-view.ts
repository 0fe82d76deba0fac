import type { Proof } from '../records/assignment.ts';
import type { Adoption } from '../values/adoption.ts';
import type { Outcome } from '../values/outcome.ts';
import type { Reason } from '../values/reason.ts';

/** The status of a tenant. */
export type TenantView = {
  tenant: string;
  /** The target revision, and the assigned one. */
  target: number | null;
  revision: number | null;
  adoption: Adoption;
  outcome: Outcome | null;
  execution: string | null;
  /** The digest in its proof. */
  digest: string | null;
  proof: Proof | null;
  launchAttempt: number;
  /** Why it is not ADOPTED, or why its workload failed. */
  reason: Reason | null;
  /** The newest revision that it passed, other than its target. */
  lastGood: number | null;
  assignedAt: string | null;
  updatedAt: string | null;
};
