import pMap from 'p-map';
import type { Evidence } from '../core/judge.ts';
import { type Action, reconcile } from '../core/reconcile.ts';
import type { RetryPolicy } from '../core/retry-policy.ts';
import { withinRunningCap } from '../core/running-cap.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';
import { type Brake, brakeFor } from './brake.ts';
import { type EvidenceDeps, gatherEvidence, isUnsettled } from './gather-evidence.ts';
import { assignmentsOf, type GatheredFleet, gatherFleet } from './gather-fleet.ts';
import { type LaunchOrder, launchRecord } from './launch-one.ts';
import { type LaunchDeps, type LaunchTally, launchTenants } from './launch-tenants.ts';

export type PassDeps = LaunchDeps & EvidenceDeps & { pins: Pins; fleet: FleetRegistry };

export type PassRequest = {
  runtime: string;
  /** Absent: every tenant of the runtime. */
  tenants?: readonly string[];
  /** An operator asks to try again what failed. */
  relaunch: boolean;
  /** The pass stops cleanly before it. */
  deadline: Date;
};

export type PassReport = {
  runtime: string;
  tenants: number;
  recorded: number;
  conflicts: number;
  failed: number;
  launches: LaunchTally;
  /** Due, but as many run as may: they are launched when others have ended. */
  later: number;
  /** Tenants with an assignment that are registered no more: the first of them. */
  orphans: string[];
  /** Whose launch has to wait for quota, or for the time that this pass no longer had: a further pass should follow. */
  waiting: string[];
  goOn: boolean;
};

const CONCURRENCY = 20;
/** A log line is no place for thousands. */
const MAX_ORPHANS = 100;

/** One reconcile of a runtime: read all, decide purely, perform. Two passes at once do no harm: every write is a CAS. */
export async function runPass(request: PassRequest, deps: PassDeps, policy: RetryPolicy): Promise<PassReport> {
  const readAt = deps.clock.now();
  const gathered = await gatherFleet(request.runtime, deps);
  const fleet = narrow(gathered, request.tenants);
  const brake = brakeFor(request.runtime, { ...fleet, readAt }, deps);
  const evidence = await evidenceOf(fleet, deps, policy);
  const plan = reconcile(
    { ...fleet, assignments: assignmentsOf(fleet), evidence, relaunch: relaunchOf(request) },
    policy,
    deps.clock.now(),
  );
  for (const ignored of plan.ignored) deps.log.warn('receipt ignored', ignored);
  const written = await writeAll(plan.actions, fleet, brake, deps);
  const orders = plan.actions.flatMap((action) => orderOf(action, fleet));
  const { room, later } = withinRunningCap(orders, plan.running, deps.quota.maxRunning);
  const { tally, waiting } = await launchTenants(room, brake, deps, policy, request.deadline);
  const report = {
    runtime: request.runtime,
    tenants: fleet.tenants.length,
    ...written,
    launches: tally,
    later: later.length,
    orphans: orphansOf(gathered),
    goOn: isToGoOn(request, written, tally),
  };
  deps.log.info('pass done', report);
  return { ...report, waiting };
}

/**
 * While quota or time was lacking; and after a lost race, because who won it may have known less. It comes to an end: a race
 * is only lost where somebody else got on.
 */
function isToGoOn({ relaunch }: PassRequest, { conflicts }: Written, { waiting, lost }: LaunchTally): boolean {
  return waiting > 0 || (!relaunch && conflicts + lost > 0);
}

/** Whose assignment is there, and who belongs to no fleet any more. */
function orphansOf({ tenants, stored }: GatheredFleet): string[] {
  const registered = new Set(tenants.map(({ tenant }) => tenant));
  return [...stored.keys()].filter((tenant) => !registered.has(tenant)).slice(0, MAX_ORPHANS);
}

function narrow(fleet: GatheredFleet, tenants: readonly string[] | undefined): GatheredFleet {
  if (tenants === undefined) return fleet;
  const wanted = new Set(tenants);
  return { ...fleet, tenants: fleet.tenants.filter(({ tenant }) => wanted.has(tenant)) };
}

function relaunchOf({ relaunch, tenants }: PassRequest): ReadonlySet<string> | 'failed' | 'nobody' {
  if (!relaunch) return 'nobody';
  return tenants === undefined ? 'failed' : new Set(tenants);
}

function evidenceOf(fleet: GatheredFleet, deps: PassDeps, policy: RetryPolicy): Promise<Map<string, Evidence>> {
  const unsettled = fleet.tenants.flatMap((tenant) => {
    const assignment = fleet.stored.get(tenant.tenant)?.value;
    return assignment !== undefined && isUnsettled(assignment) ? [{ tenant, assignment }] : [];
  });
  return gatherEvidence(unsettled, deps, policy, ({ runtime, tenant }, error) =>
    deps.log.warn('evidence not to be had now', { runtime, tenant, error: String(error) }),
  );
}

function orderOf(action: Action, fleet: GatheredFleet): LaunchOrder[] {
  if (action.kind !== 'launch') return [];
  const { tenant, next, entry } = action;
  return [{ tenant, next, entry, expected: generationOf(fleet, tenant.tenant) }];
}

function generationOf(fleet: GatheredFleet, tenant: string): string | null {
  return fleet.stored.get(tenant)?.generation ?? null;
}

type Written = Pick<PassReport, 'recorded' | 'conflicts' | 'failed'>;

async function writeAll(
  actions: readonly Action[],
  fleet: GatheredFleet,
  brake: Brake,
  deps: PassDeps,
): Promise<Written> {
  const written: Written = { recorded: 0, conflicts: 0, failed: 0 };
  await pMap(
    actions.filter(({ kind }) => kind !== 'launch'),
    async (action) => {
      try {
        const result = await writeOne(action, fleet, brake, deps);
        if (result !== 'stopped') written[result]++;
      } catch (error) {
        written.failed++;
        deps.log.warn('write failed', { kind: action.kind, tenant: action.tenant.tenant, error: String(error) });
      }
    },
    { concurrency: CONCURRENCY },
  );
  return written;
}

async function writeOne(
  action: Action,
  fleet: GatheredFleet,
  brake: Brake,
  deps: PassDeps,
): Promise<'recorded' | 'conflicts' | 'stopped'> {
  switch (action.kind) {
    case 'assign':
      return (await brake.mayMove(action.next)) ? writeNext(action, fleet, deps) : 'stopped';
    case 'record':
      return writeNext(action, fleet, deps);
    case 'record-launch': {
      await deps.launches.create(launchRecord(action.assignment, action.execution, deps.clock.now()));
      return 'recorded';
    }
    case 'launch':
      return 'stopped';
    default:
      return action satisfies never;
  }
}

async function writeNext(
  { tenant, next }: Extract<Action, { next: unknown }>,
  fleet: GatheredFleet,
  deps: PassDeps,
): Promise<'recorded' | 'conflicts'> {
  const result = await deps.assignments.write(next, generationOf(fleet, tenant.tenant));
  return result === 'conflict' ? 'conflicts' : 'recorded';
}
