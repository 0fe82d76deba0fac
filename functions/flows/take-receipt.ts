import type { Assignment } from '../core/assignment.ts';
import { executionOf, jobOf, shortName } from '../core/execution.ts';
import { judge } from '../core/judge.ts';
import { parseReceiptName, type ReceiptName } from '../core/object-names.ts';
import type { FiledReceipt } from '../core/receipt-validity.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import type { Assignments } from '../ports/assignments.ts';
import type { Clock } from '../ports/clock.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Launcher } from '../ports/launcher.ts';
import type { Launches } from '../ports/launches.ts';
import type { Log } from '../ports/log.ts';
import type { Receipts } from '../ports/receipts.ts';

export type ReceiptDeps = {
  assignments: Assignments;
  launches: Launches;
  launcher: Launcher;
  fleet: FleetRegistry;
  receipts: Receipts;
  clock: Clock;
  log: Log;
};

export type ReceiptResult = 'recorded' | 'unchanged' | 'ignored';

/** Somebody else wrote the assignment in every one of our attempts: the notification shall come again. */
export class AssignmentContentionError extends Error {
  override readonly name = 'AssignmentContentionError';
  readonly code = 'ASSIGNMENT_CONTENTION';
}

const MAX_RACES = 10;

/** Takes the notification of a new receipt: the verdict it supports is recorded in the tenant's assignment. */
export async function takeReceipt(object: string, deps: ReceiptDeps, policy: RetryPolicy): Promise<ReceiptResult> {
  const name = parseReceiptName(object);
  if (name === undefined) {
    deps.log.warn('object is no receipt', { object });
    return 'ignored';
  }
  for (let race = 0; race < MAX_RACES; race++) {
    const result = await tryToTake(name, deps, policy);
    if (result !== 'lost-race') return result;
  }
  throw new AssignmentContentionError(`the assignment of ${name.runtime}/${name.tenant} changed ${MAX_RACES} times`);
}

async function tryToTake(
  name: ReceiptName,
  deps: ReceiptDeps,
  policy: RetryPolicy,
): Promise<ReceiptResult | 'lost-race'> {
  const stored = await deps.assignments.read(name.runtime, name.tenant);
  if (stored === undefined) return 'ignored';
  const receipts = await readReceipts(name, stored.value, deps);
  if (receipts.length === 0) return 'ignored';
  const launched = await launchedExecution(stored.value, deps);
  const isLaunch = launched !== null && shortName(launched) === name.execution;
  const job = isLaunch ? jobOf(launched) : (await deps.fleet.tenant(name.runtime, name.tenant))?.job;
  if (job === undefined) return 'ignored';
  const execution = isLaunch ? null : ((await deps.launcher.execution(executionOf(job, name.execution))) ?? null);
  const evidence = { launched, execution, absence: null, receipts };
  const { next, ignored } = judge(stored.value, job, evidence, policy, deps.clock.now());
  for (const { object, why } of ignored) deps.log.warn('receipt ignored', { object, why });
  if (next === stored.value) return ignored.length > 0 ? 'ignored' : 'unchanged';
  if ((await deps.assignments.write(next, stored.generation)) === 'conflict') return 'lost-race';
  deps.log.info('verdict recorded', {
    runtime: next.runtime,
    tenant: next.tenant,
    adoption: next.adoption,
    outcome: next.outcome,
  });
  return 'recorded';
}

/** A run that finished has adopted first, but the two notifications may arrive in either order. */
async function readReceipts(name: ReceiptName, assignment: Assignment, deps: ReceiptDeps): Promise<FiledReceipt[]> {
  const kinds =
    name.kind === 'finished' && !isProvedBy(assignment, name) ? (['adopted', 'finished'] as const) : [name.kind];
  const found = await Promise.all(kinds.map((kind) => deps.receipts.read({ ...name, kind })));
  return found.filter((receipt) => receipt !== undefined);
}

function isProvedBy({ adoption, execution }: Assignment, name: ReceiptName): boolean {
  return adoption === 'ADOPTED' && execution !== null && shortName(execution) === name.execution;
}

async function launchedExecution(assignment: Assignment, deps: ReceiptDeps): Promise<string | null> {
  if (assignment.launchId === null) return null;
  const record = await deps.launches.read(assignment.runtime, assignment.tenant, assignment.launchId);
  return record?.execution ?? null;
}
