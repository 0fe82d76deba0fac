import pMap from 'p-map';
import { type Assignment, isUnderWay } from '../core/assignment.ts';
import type { Tenant } from '../core/tenant.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { FleetRegistry } from '../ports/fleet.ts';

export type ElsewhereDeps = { fleet: FleetRegistry; assignments: Assignments };

const CONCURRENCY = 4;

/** The tenants of all other runtimes whose execution runs, as far as their assignments tell: they share Cloud Run's room. */
export async function runningElsewhere(runtime: string, deps: ElsewhereDeps): Promise<Tenant[]> {
  const others = (await deps.fleet.runtimes()).filter((other) => other !== runtime);
  const found = await pMap(others, (other) => runningIn(other, deps), { concurrency: CONCURRENCY });
  return found.flat();
}

async function runningIn(runtime: string, { fleet, assignments }: ElsewhereDeps): Promise<Tenant[]> {
  const open = (await assignments.list(runtime)).filter(({ value }) => isOpen(value));
  if (open.length === 0) return [];
  const names = new Set(open.map(({ value }) => value.tenant));
  return (await fleet.tenants(runtime)).filter(({ tenant }) => names.has(tenant));
}

function isOpen(assignment: Assignment): boolean {
  return isUnderWay(assignment) || assignment.outcome?.state === 'RUNNING';
}
