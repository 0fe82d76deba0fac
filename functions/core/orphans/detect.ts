import * as v from 'valibot';
import { isLaunchId } from '../launch/launch-id.ts';
import { type Assignment, isUnderWay } from '../records/assignment.ts';
import { count, formatVersion, identifier, timestamp } from '../records/codec.ts';
import { locationOf, type Tenant } from '../records/tenant.ts';
import { type Execution, jobOf } from '../values/execution.ts';

const strayExecution = v.object({ execution: v.string(), tenant: identifier, createdAt: timestamp, why: v.string() });
export type StrayExecution = v.InferOutput<typeof strayExecution>;

const listOf = <const S extends v.GenericSchema>(item: S) => v.object({ total: count, first: v.array(item) });

/** `orphans/<runtime>.json`: what belongs to a fleet only by half, as the last look at Cloud Run found it. */
export const orphansSchema = v.object({
  formatVersion,
  runtime: identifier,
  lookedAt: timestamp,
  /** Place → the next look begins there with executions created after this. */
  undecidedSince: v.record(v.string(), timestamp),
  /** Registered tenants whose job does not exist: nobody can launch them. */
  jobless: listOf(identifier),
  /** Executions of the last day that nobody launched, or that run for a tenant who is registered no more; at least so many. */
  executions: listOf(strayExecution),
  /** `projects/P/locations/R` whose lists could not be had, so that nothing is known of it. */
  unseen: listOf(v.string()),
});
export type Orphans = v.InferOutput<typeof orphansSchema>;

/** An object is no place for thousands. */
const MAX_LISTED = 100;

export function listed<T>(items: readonly T[]): { total: number; first: T[] } {
  return { total: items.length, first: items.slice(0, MAX_LISTED) };
}

export function areAny({ jobless, executions, unseen }: Orphans): boolean {
  return jobless.total + executions.total + unseen.total > 0;
}

export type Looked = {
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
  /** Where Cloud Run gave its lists. */
  seen: ReadonlySet<string>;
  /** Its jobs and executions there. */
  jobs: ReadonlySet<string>;
  executions: readonly Execution[];
  /** Younger executions may be recorded by their launcher yet. */
  until: Date;
};

/** An execution beside the tenant that its job belongs to. */
export type OwnExecution = { execution: Execution; tenant: string; assignment: Assignment | undefined };

export type Suspicions = {
  jobless: Tenant[];
  /** Of tenants that are registered no more, and still running. */
  ownerless: OwnExecution[];
  /** They carry a launch id, and the assignment does not tell whose: only a launch's record can clear them. */
  suspects: OwnExecution[];
  /** Started by hand or by the job's own schedule. */
  consoleRuns: OwnExecution[];
};

/** What does not fit together at first sight. Executions of jobs that are nobody's are somebody else's. */
export function suspectOrphans(looked: Looked): Suspicions {
  const { tenants, assignments, seen, jobs, until } = looked;
  const registered = new Set(tenants.map(({ tenant }) => tenant));
  const own = ownExecutions(
    looked,
    [...assignments.values()].filter(({ tenant }) => !registered.has(tenant)),
  );
  const isOld = ({ execution }: OwnExecution) => Date.parse(execution.createdAt) <= until.getTime();
  const ofTenants = own.filter(({ tenant }) => registered.has(tenant));
  return {
    jobless: tenants.filter(({ job }) => seen.has(locationOf(job)) && !jobs.has(job)),
    ownerless: own.filter(({ tenant, execution }) => !registered.has(tenant) && isRunning(execution)),
    suspects: ofTenants.filter((one) => isOld(one) && one.execution.launchId !== null && !isNewestLaunch(one)),
    consoleRuns: ofTenants.filter(({ execution }) => execution.launchId === null),
  };
}

function ownExecutions({ tenants, assignments, executions }: Looked, gone: readonly Assignment[]): OwnExecution[] {
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
export function whyStray({ execution, assignment }: OwnExecution, recorded: string | undefined): string | undefined {
  if (recorded === execution.name) return undefined;
  // Whoever may run the job by hand decides what stands there, and how long it is.
  if (!isLaunchId(execution.launchId ?? '')) return 'its launch id is none that Pincast gives';
  if (recorded !== undefined) return `launch ${execution.launchId} is ${recorded}`;
  // The next pass finds it by its launch id, and records it.
  if (assignment?.launchId === execution.launchId && isUnderWay(assignment)) return undefined;
  return `nobody recorded a launch ${execution.launchId}`;
}

/**
 * What was found earlier is told until it is old, or a later look has cleared it.
 *
 * @param decided the executions that this look has decided about.
 */
export function withEarlier(
  found: readonly StrayExecution[],
  earlier: readonly StrayExecution[],
  decided: ReadonlySet<string>,
  since: Date,
): StrayExecution[] {
  const isKept = ({ execution, createdAt }: StrayExecution) =>
    !decided.has(execution) && Date.parse(createdAt) > since.getTime();
  return [...found, ...earlier.filter(isKept)];
}
