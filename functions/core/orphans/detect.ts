import { isLaunchId } from '../launch/claim.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { OrphanedExecution, OrphanReport } from '../records/orphan-report.ts';
import { locationOf, type Tenant } from '../records/tenant.ts';
import { type Execution, jobOf } from '../values/execution.ts';

/** An object is no place for thousands. */
const MAX_LISTED = 100;

export function truncated<T>(items: readonly T[]): { total: number; first: T[] } {
  return { total: items.length, first: items.slice(0, MAX_LISTED) };
}

export function hasFindings({ jobless, executions, unseen }: OrphanReport): boolean {
  return jobless.total + executions.total + unseen.total > 0;
}

export type ScanInput = {
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
  /** Where Cloud Run gave its lists. */
  listedLocations: ReadonlySet<string>;
  /** Its jobs and executions there. */
  jobs: ReadonlySet<string>;
  executions: readonly Execution[];
  /** Younger executions may be recorded by their launcher yet. */
  until: Date;
};

/** An execution beside the tenant that its job belongs to. */
export type OwnExecution = { execution: Execution; tenant: string; assignment: Assignment | undefined };

export type OrphanCandidates = {
  missingJob: Tenant[];
  /** Of tenants that are registered no more, and still running. */
  unregistered: OwnExecution[];
  /** They carry a launch id, and the assignment does not tell whose: only a launch's record can clear them. */
  untracked: OwnExecution[];
  /** Started by hand or by the job's own schedule. */
  consoleRuns: OwnExecution[];
};

/** What does not fit together at first sight. Executions of jobs that are nobody's are somebody else's. */
export function findCandidates(input: ScanInput): OrphanCandidates {
  const { tenants, assignments, listedLocations: seen, jobs, until } = input;
  const registered = new Set(tenants.map(({ tenant }) => tenant));
  const own = ownExecutions(
    input,
    [...assignments.values()].filter(({ tenant }) => !registered.has(tenant)),
  );
  const isOld = ({ execution }: OwnExecution) => Date.parse(execution.createdAt) <= until.getTime();
  const ofTenants = own.filter(({ tenant }) => registered.has(tenant));
  return {
    missingJob: tenants.filter(({ job }) => seen.has(locationOf(job)) && !jobs.has(job)),
    unregistered: own.filter(({ tenant, execution }) => !registered.has(tenant) && isRunning(execution)),
    untracked: ofTenants.filter((one) => isOld(one) && one.execution.launchId !== null && !isNewestLaunch(one)),
    consoleRuns: ofTenants.filter(({ execution }) => execution.launchId === null),
  };
}

function ownExecutions({ tenants, assignments, executions }: ScanInput, gone: readonly Assignment[]): OwnExecution[] {
  const former = gone.flatMap(({ execution, tenant }): [string, string][] =>
    execution === null ? [] : [[jobOf(execution), tenant]],
  );
  // Whoever has the job now owns what it runs.
  const owners = new Map([...former, ...tenants.map(({ job, tenant }): [string, string] => [job, tenant])]);
  return executions.flatMap((execution) => {
    const tenant = owners.get(execution.job);
    return tenant === undefined ? [] : [{ execution, tenant, assignment: assignments.get(tenant) }];
  });
}

function isRunning({ outcome }: Execution): boolean {
  return outcome.state === 'RUNNING';
}

function isNewestLaunch({ execution, assignment }: OwnExecution): boolean {
  return assignment?.launchId === execution.launchId && assignment.execution === execution.name;
}

/** @param recorded the execution that the launch's record names; undefined where there is no record. */
export function orphanReason(
  { execution, assignment }: OwnExecution,
  recorded: string | undefined,
): string | undefined {
  if (recorded === execution.name) return undefined;
  // Whoever may run the job by hand decides what stands there, and how long it is.
  if (!isLaunchId(execution.launchId ?? '')) return 'its launch id is none that Pincast gives';
  if (recorded !== undefined) return `launch ${execution.launchId} is ${recorded}`;
  // The next pass finds it by its launch id, and records it.
  if (assignment?.launchId === execution.launchId && isInFlight(assignment)) return undefined;
  return `nobody recorded a launch ${execution.launchId}`;
}

/**
 * What was found earlier is told until it is old, or a later look has cleared it.
 *
 * @param decided the executions that this look has decided about.
 */
export function mergeFindings(
  found: readonly OrphanedExecution[],
  earlier: readonly OrphanedExecution[],
  decided: ReadonlySet<string>,
  since: Date,
): OrphanedExecution[] {
  const isKept = ({ execution, createdAt }: OrphanedExecution) =>
    !decided.has(execution) && Date.parse(createdAt) > since.getTime();
  return [...found, ...earlier.filter(isKept)];
}
