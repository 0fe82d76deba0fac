import type { Proof } from '../records/assignment.ts';
import type { Adoption } from '../values/adoption.ts';
import type { Outcome } from '../values/outcome.ts';
import type { Reason } from '../values/reason.ts';

/** A tenant as a person or a script sees it. */
export type TenantView = {
  tenant: string;
  /** The revision it should end on, and the one it is assigned. */
  target: number | null;
  revision: number | null;
  adoption: Adoption;
  outcome: Outcome | null;
  execution: string | null;
  /** The digest that its newest valid receipt proves. */
  digest: string | null;
  proof: Proof | null;
  launchAttempt: number;
  /** Why it is not ADOPTED, or why its workload failed. */
  reason: Reason | null;
  /** The newest revision before its target that it passed. */
  lastGood: number | null;
  assignedAt: string | null;
  updatedAt: string | null;
};
