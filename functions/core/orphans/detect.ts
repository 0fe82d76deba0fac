import { isLaunchId } from '../launch/claim.ts';
import { type Assignment, isInFlight } from '../records/assignment.ts';
import type { Versioned } from '../records/codec.ts';
import type { OrphanedExecution, OrphanReport } from '../records/orphan-report.ts';
import { locationOf, type Tenant } from '../records/tenant.ts';
import { type Execution, jobOf } from '../values/execution.ts';

/** At most this many names are stored; `total` is exact. */
const MAX_LISTED = 100;

export function truncated<T>(items: readonly T[]): { total: number; first: T[] } {
  return { total: items.length, first: items.slice(0, MAX_LISTED) };
}

export function hasFindings({ jobless, executions, unseen }: OrphanReport): boolean {
  return jobless.total + executions.total + unseen.total > 0;
}

export type ScanInput = {
  tenants: readonly Tenant[];
  stored: ReadonlyMap<string, Versioned<Assignment>>;
  /** Locations whose lists are complete. */
  listedLocations: ReadonlySet<string>;
  /** The jobs that exist there. */
  jobs: ReadonlySet<string>;
  executions: readonly Execution[];
  /** Younger executions are skipped, because their launcher may still record them. */
  until: Date;
};

/** An execution and the tenant that its job belongs to. */
export type OwnExecution = { execution: Execution; tenant: string; assignment: Assignment | undefined };

export type OrphanCandidates = {
  missingJob: Tenant[];
  /** Running executions of unregistered tenants. */
  unregistered: OwnExecution[];
  /** Executions with a launch id that is not their assignment's newest. Only a launch record can clear them. */
  untracked: OwnExecution[];
  /** Started by hand or by the job's schedule. */
  consoleRuns: OwnExecution[];
};

/** First-pass candidates. Executions of jobs outside this fleet are ignored. */
export function findCandidates(input: ScanInput): OrphanCandidates {
  const { tenants, stored, listedLocations: seen, jobs, until } = input;
  const registered = new Set(tenants.map(({ tenant }) => tenant));
  const gone = [...stored.values()].map(({ value }) => value).filter(({ tenant }) => !registered.has(tenant));
  const own = ownExecutions(input, gone);
  const isOld = ({ execution }: OwnExecution) => Date.parse(execution.createdAt) <= until.getTime();
  const ofTenants = own.filter(({ tenant }) => registered.has(tenant));
  return {
    missingJob: tenants.filter(({ job }) => seen.has(locationOf(job)) && !jobs.has(job)),
    unregistered: own.filter(({ tenant, execution }) => !registered.has(tenant) && isRunning(execution)),
    untracked: ofTenants.filter((one) => isOld(one) && one.execution.launchId !== null && !isNewestLaunch(one)),
    consoleRuns: ofTenants.filter(({ execution }) => execution.launchId === null),
  };
}

function ownExecutions({ tenants, stored, executions }: ScanInput, gone: readonly Assignment[]): OwnExecution[] {
  const former = gone.flatMap(({ execution, tenant }): [string, string][] =>
    execution === null ? [] : [[jobOf(execution), tenant]],
  );
  // Executions of a job belong to the tenant that is registered with it now.
  const owners = new Map([...former, ...tenants.map(({ job, tenant }): [string, string] => [job, tenant])]);
  return executions.flatMap((execution) => {
    const tenant = owners.get(execution.job);
    return tenant === undefined ? [] : [{ execution, tenant, assignment: stored.get(tenant)?.value }];
  });
}

function isRunning({ outcome }: Execution): boolean {
  return outcome.state === 'RUNNING';
}

function isNewestLaunch({ execution, assignment }: OwnExecution): boolean {
  return assignment?.launchId === execution.launchId && assignment.execution === execution.name;
}

/** Why the execution is an orphan; undefined if it is none. @param recorded the execution in its launch record. */
export function orphanReason(
  { execution, assignment }: OwnExecution,
  recorded: string | undefined,
): string | undefined {
  if (recorded === execution.name) return undefined;
  // Attack: an operator who runs the job by hand chooses this text and its length.
  if (!isLaunchId(execution.launchId ?? '')) return 'its launch id has an invalid format';
  if (recorded !== undefined) return `the record of launch ${execution.launchId} names ${recorded}`;
  // The next reconcile finds it by its launch id and records it.
  if (assignment?.launchId === execution.launchId && isInFlight(assignment)) return undefined;
  return `no record of launch ${execution.launchId}`;
}

/**
 * Keeps earlier findings until they expire or this scan re-evaluates them.
 *
 * @param decided the executions that this scan evaluated.
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
