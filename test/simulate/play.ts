import { liftFreezes, liftLockdown } from './deeds/braking.ts';
import { mend } from './deeds/cluttering.ts';
import { deeds } from './deeds/deeds.ts';
import { addTenant, jobOf } from './deeds/fleet.ts';
import { recheck } from './deeds/rechecking.ts';
import { replayDeadLetters } from './deeds/replay-dead-letters.ts';
import type { Stage } from './deeds/stage.ts';
import { misplaced, unsettled } from './invariants/settled.ts';
import type { Violation } from './invariants/watch.ts';
import { seedLedger } from './model/former-ledger.ts';
import { tenantsOf } from './model/records.ts';
import { World } from './model/world.ts';
import type { Event, Scenario } from './scenario.ts';

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
/** When faults have stopped, everything must have settled by then. */
const SETTLING_MS = 3_600_000;
/** Where workloads take hours, others wait for their places. */
const SLOW_SETTLING_MS = 5 * SETTLING_MS;

/** Plays a scenario from its first step until everything has settled. */
export async function play(scenario: Scenario, kept: Kept = null, isTraced = false): Promise<Played> {
  const world = new World({ ...scenario.options, only: kept?.faults ?? null, isTraced });
  const stage = buildStage(scenario, world);
  const events = scenario.events.filter(({ id }) => kept === null || kept.events.has(id));
  const start = world.timeline.now;
  for (const event of events) world.timeline.at(start + event.at, () => happen(stage, event));
  if (scenario.isScheduled) schedule(stage, start);
  const isBroken = () => world.watch.violations.length > 0;
  await world.timeline.pass(start + scenario.chaos, isBroken);
  calm(stage);
  await settle(stage, isBroken);
  return {
    steps: world.timeline.steps,
    violations: world.watch.violations,
    events: events.map(({ id }) => id),
    faults: world.chaos.struck,
    notes: world.notes,
    seconds: (world.timeline.now - start) / 1000,
  };
}

function buildStage({ tenants, maxRetries, former }: Scenario, world: World): Stage {
  const runtimes = [...new Set(tenants.map(({ runtime }) => runtime))];
  const stage: Stage = { world, runtimes, promotions: [], maxRetries, spoiled: new Map() };
  if (former !== null) seedLedger(world, runtimes[0] ?? '', former);
  for (const { runtime, tenant, region } of tenants) addTenant(stage, runtime, tenant, region);
  return stage;
}

function happen(stage: Stage, { id, deed }: Event): void {
  stage.world.note(`*** ${id} ${deed}`);
  deeds[deed].act(stage, id);
}

function schedule(stage: Stage, start: number): void {
  let ticks = 0;
  const tick = () => {
    recheck(stage, `tick${++ticks}`);
    stage.world.timeline.at(start + ticks * RECHECK_EVERY_MS, tick);
  };
  stage.world.timeline.at(start + RECHECK_EVERY_MS / 2, tick);
}

/** Faults stop, and the operators undo what holds everything up. Who is held stays held. */
function calm(stage: Stage): void {
  const { world, maxRetries } = stage;
  world.chaos.isOver = true;
  liftFreezes(stage);
  liftLockdown(stage);
  mend(stage);
  for (const { runtime, tenant } of tenantsOf(world)) {
    const job = jobOf(world, runtime, tenant);
    if (!world.run.jobs.has(job)) world.run.jobs.set(job, { name: job, runtime, tenant, maxRetries });
  }
}

async function settle(stage: Stage, isBroken: () => boolean): Promise<void> {
  const { world } = stage;
  const end = world.timeline.now + (world.isSlow ? SLOW_SETTLING_MS : SETTLING_MS);
  const open = () => [
    ...tenantsOf(world).flatMap((tenant) => unsettled(world, tenant) ?? []),
    ...world.watch.orphans.overlooked(),
  ];
  for (let round = 0; world.timeline.now < end; round++) {
    await world.timeline.pass(world.timeline.now + 17_000, isBroken);
    if (isBroken()) return;
    const isQuiet = world.pubsub.pendingOf('pin-promoted') === 0 && world.pubsub.deadLetters.length === 0;
    if (isQuiet && open().length === 0 && misplaced(world, stage.promotions).length === 0) return;
    replayDeadLetters(stage, `calm${round}`);
  }
  const letters = world.pubsub.deadLetters.map(({ id }) => `dead letter ${id} was never acknowledged`);
  for (const message of [...open(), ...misplaced(world, stage.promotions), ...letters]) {
    world.watch.fail('settled', message);
  }
}
