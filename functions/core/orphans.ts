import * as v from 'valibot';
import type { Assignment } from './assignment.ts';
import { isUnderWay } from './assignment.ts';
import { type Execution, jobOf } from './execution.ts';
import { isLaunchId } from './launch-id.ts';
import { count, formatVersion, identifier, timestamp } from './record.ts';
import type { Tenant } from './tenant.ts';

const strayExecution = v.object({ execution: v.string(), tenant: identifier, createdAt: timestamp, why: v.string() });
export type StrayExecution = v.InferOutput<typeof strayExecution>;

const listOf = <const S extends v.GenericSchema>(item: S) => v.object({ total: count, first: v.array(item) });

/** `orphans/<runtime>.json`: what belongs to a fleet only by half, as the last look at Cloud Run found it. */
export const orphansSchema = v.object({
  formatVersion,
  runtime: identifier,
  lookedAt: timestamp,
  /** Registered tenants whose job does not exist: nobody can launch them. */
  jobless: listOf(identifier),
  /** Tenants with an assignment that are registered no more. */
  unregistered: listOf(identifier),
  /** Executions of the last day that nobody launched. */
  executions: listOf(strayExecution),
});
export type Orphans = v.InferOutput<typeof orphansSchema>;

/** An object is no place for thousands. */
const MAX_LISTED = 100;

export function listed<T>(items: readonly T[]): { total: number; first: T[] } {
  return { total: items.length, first: items.slice(0, MAX_LISTED) };
}

export function areAny({ jobless, unregistered, executions }: Orphans): boolean {
  return jobless.total + unregistered.total + executions.total > 0;
}

export type Looked = {
  tenants: readonly Tenant[];
  assignments: ReadonlyMap<string, Assignment>;
  /** Cloud Run's jobs, and its executions, wherever the fleet has a job. */
  jobs: ReadonlySet<string>;
  executions: readonly Execution[];
  /** Younger executions may be recorded by their launcher yet. */
  until: Date;
};

/** An execution beside the tenant that its job belongs to. */
export type OwnExecution = { execution: Execution; tenant: string; assignment: Assignment | undefined };

export type Suspicions = {
  jobless: Tenant[];
  unregistered: string[];
  /** Of tenants that are registered no more. */
  ownerless: OwnExecution[];
  /** They carry a launch id, and the assignment does not tell whose: only a launch's record can clear them. */
  suspects: OwnExecution[];
  /** Started by hand or by the job's own schedule. */
  consoleRuns: OwnExecution[];
};

/** What does not fit together at first sight. Executions of jobs that are nobody's are somebody else's. */
export function suspectOrphans({ tenants, assignments, jobs, executions, until }: Looked): Suspicions {
  const registered = new Set(tenants.map(({ tenant }) => tenant));
  const unregistered = [...assignments.values()].filter(({ tenant }) => !registered.has(tenant));
  const owners = new Map(tenants.map(({ job, tenant }) => [job, tenant]));
  for (const { execution, tenant } of unregistered) if (execution !== null) owners.set(jobOf(execution), tenant);
  const own = executions.flatMap((execution) => {
    const tenant = owners.get(execution.job);
    return tenant === undefined ? [] : [{ execution, tenant, assignment: assignments.get(tenant) }];
  });
  const isOld = ({ execution }: OwnExecution) => Date.parse(execution.createdAt) <= until.getTime();
  const ofTenants = own.filter(({ tenant }) => registered.has(tenant));
  return {
    jobless: tenants.filter(({ job }) => !jobs.has(job)),
    unregistered: unregistered.map(({ tenant }) => tenant),
    ownerless: own.filter(({ tenant }) => !registered.has(tenant)),
    suspects: ofTenants.filter((one) => isOld(one) && one.execution.launchId !== null && !isNewestLaunch(one)),
    consoleRuns: ofTenants.filter(({ execution }) => execution.launchId === null),
  };
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

/** What was found earlier is told for a day. */
export function withEarlier(
  found: readonly StrayExecution[],
  earlier: readonly StrayExecution[],
  since: Date,
): StrayExecution[] {
  const known = new Set(found.map(({ execution }) => execution));
  const kept = earlier.filter(
    ({ execution, createdAt }) => !known.has(execution) && Date.parse(createdAt) > since.getTime(),
  );
  return [...found, ...kept];
}
