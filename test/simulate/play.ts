import { actions } from './actions/actions.ts';
import { liftFreezes, liftLockdown } from './actions/controls.ts';
import { repair } from './actions/foreign-objects.ts';
import { recheck } from './actions/rechecks.ts';
import { replayDeadLetters } from './actions/replay-dead-letters.ts';
import { addTenant, jobOf } from './actions/tenants.ts';
import { misplaced, unsettled } from './invariants/settled.ts';
import type { Violation } from './invariants/watch.ts';
import { seedLedger } from './model/former-ledger.ts';
import { tenantsOf } from './model/records.ts';
import { World } from './model/world.ts';
import type { Event, Scenario } from './scenario.ts';
import type { Simulation } from './simulation.ts';

/** What of a scenario is to happen; null: everything. */
export type Kept = { events: ReadonlySet<string>; faults: ReadonlySet<string> } | null;

export type Played = {
  steps: number;
  violations: Violation[];
  /** The names of the events and faults that happened. */
  events: string[];
  faults: string[];
  notes: string[];
  seconds: number;
};

/** Cloud Scheduler's. */
const RECHECK_EVERY_MS = 60_000;
/** After the last fault, every tenant must reach its verdict within this time. */
const SETTLING_MS = 3_600_000;
/** Where workloads take hours, tenants wait for running capacity. */
const SLOW_SETTLING_MS = 5 * SETTLING_MS;

/** Plays a scenario from its first step until everything has settled. */
export async function play(scenario: Scenario, kept: Kept = null, isTraced = false): Promise<Played> {
  const world = new World({ ...scenario.options, only: kept?.faults ?? null, isTraced });
  const simulation = buildStage(scenario, world);
  const events = scenario.events.filter(({ id }) => kept === null || kept.events.has(id));
  const start = world.timeline.now;
  for (const event of events) world.timeline.at(start + event.at, () => happen(simulation, event));
  if (scenario.isScheduled) schedule(simulation, start);
  const isBroken = () => world.watch.violations.length > 0;
  await world.timeline.pass(start + scenario.faultsUntil, isBroken);
  endFaults(simulation);
  await settle(simulation, isBroken);
  return {
    steps: world.timeline.steps,
    violations: world.watch.violations,
    events: events.map(({ id }) => id),
    faults: world.faults.injected,
    notes: world.notes,
    seconds: (world.timeline.now - start) / 1000,
  };
}

function buildStage({ tenants, maxRetries, former }: Scenario, world: World): Simulation {
  const runtimes = [...new Set(tenants.map(({ runtime }) => runtime))];
  const simulation: Simulation = { world, runtimes, promotions: [], maxRetries, corrupted: new Map() };
  if (former !== null) seedLedger(world, runtimes[0] ?? '', former);
  for (const { runtime, tenant, region } of tenants) addTenant(simulation, runtime, tenant, region);
  return simulation;
}

function happen(simulation: Simulation, { id, action }: Event): void {
  simulation.world.note(`*** ${id} ${action}`);
  actions[action].run(simulation, id);
}

function schedule(simulation: Simulation, start: number): void {
  let ticks = 0;
  const tick = () => {
    recheck(simulation, `tick${++ticks}`);
    simulation.world.timeline.at(start + ticks * RECHECK_EVERY_MS, tick);
  };
  simulation.world.timeline.at(start + RECHECK_EVERY_MS / 2, tick);
}

/** Ends the faults; operators lift freezes and lockdowns and repair corrupted records. Held tenants stay held. */
function endFaults(simulation: Simulation): void {
  const { world, maxRetries } = simulation;
  world.faults.isOver = true;
  liftFreezes(simulation);
  liftLockdown(simulation);
  repair(simulation);
  for (const { runtime, tenant } of tenantsOf(world)) {
    const job = jobOf(world, runtime, tenant);
    if (!world.run.jobs.has(job)) world.run.jobs.set(job, { name: job, runtime, tenant, maxRetries });
  }
}

async function settle(simulation: Simulation, isBroken: () => boolean): Promise<void> {
  const { world } = simulation;
  const end = world.timeline.now + (world.isSlow ? SLOW_SETTLING_MS : SETTLING_MS);
  const open = () => [
    ...tenantsOf(world).flatMap((tenant) => unsettled(world, tenant) ?? []),
    ...world.watch.orphans.overlooked(),
  ];
  for (let round = 0; world.timeline.now < end; round++) {
    await world.timeline.pass(world.timeline.now + 17_000, isBroken);
    if (isBroken()) return;
    const isQuiet = world.pubsub.pendingOf('pin-promoted') === 0 && world.pubsub.deadLetters.length === 0;
    if (isQuiet && open().length === 0 && misplaced(world, simulation.promotions).length === 0) return;
    replayDeadLetters(simulation, `calm${round}`);
  }
  const letters = world.pubsub.deadLetters.map(({ id }) => `dead letter ${id} was never acknowledged`);
  for (const message of [...open(), ...misplaced(world, simulation.promotions), ...letters]) {
    world.watch.fail('settled', message);
  }
}
