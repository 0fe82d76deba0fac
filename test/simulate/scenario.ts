import { type ActionName, actions } from './actions/actions.ts';
import type { FormerLedger } from './model/former-ledger.ts';
import { SeededRandom } from './model/random.ts';
import type { WorldOptions } from './model/world.ts';

/** One thing that an operator, a console, or an older workload does. */
export type Event = { id: string; at: number; action: ActionName };

export type Scenario = {
  options: Omit<WorldOptions, 'only' | 'isTraced'>;
  tenants: { runtime: string; tenant: string; region: string }[];
  maxRetries: number;
  /** Revisions that the first runtime's ledger holds from the beginning. */
  former: FormerLedger | null;
  events: Event[];
  /** Whether Cloud Scheduler's ticks come. */
  isScheduled: boolean;
  /** Milliseconds from the start; faults happen until then. */
  faultsUntil: number;
};

const RUNTIMES = ['codex', 'scribe'];
const TENANTS = ['acme', 'bolt', 'cobalt', 'delta'];
const REGIONS = ['r1', 'r2'];

/** How many of all scenarios: they take far more steps than others. */
const CROWDED = 1 / 48;
const CAPPED = 1 / 32;

/** In so many, workloads take up to hours. */
const SLOW = 1 / 16;
/** In so many, Cloud Run answers with the project's number. */
const BY_NUMBER = 1 / 12;
/** In so many, the ledger is long. */
const FORMER = 1 / 32;

/** Everything that a seed decides before the first step. */
export function buildScenario(seed: number): Scenario {
  const random = new SeededRandom(seed ^ 0x51ed270b);
  const kind = random.draw('kind');
  if (kind < CROWDED) return crowdedScenario(seed, random);
  return kind < CROWDED + CAPPED ? cappedScenario(seed, random) : usualScenario(seed, random);
}

function usualScenario(seed: number, random: SeededRandom): Scenario {
  const runsPerMinute = random.pick('runs per minute', [3, 6, 30]);
  const runtimes = RUNTIMES.slice(0, random.whole('runtimes', 1, 2));
  const regions = random.whole('regions', 1, 2);
  const tenants = runtimes.flatMap((runtime) =>
    TENANTS.slice(0, random.whole(`tenants ${runtime}`, 1, TENANTS.length)).map((tenant) => ({
      runtime,
      tenant,
      region: REGIONS[random.whole(`${runtime} ${tenant} region`, 0, regions - 1)] ?? 'r1',
    })),
  );
  const running = random.pick('running', [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 4, 2]);
  const options = {
    seed,
    intensity: random.pick('intensity', [0, 0.2, 0.5, 1, 1.5]),
    runsPerMinute,
    quotaPerMinute: runsPerMinute,
    running,
    maxRunning: random.pick('belief', [running, running, 1_000]),
    functionSeconds: random.pick('function seconds', [40, 120, 300]),
    maxAttempts: random.pick('attempts', [2, 3]),
    latency: 60,
    skew: random.pick('skew', [0, 2_000]),
    concurrency: random.pick('concurrency', [1, 1, 4]),
    isSlow: random.chance('slow workloads', SLOW),
    answersByNumber: random.chance('project numbers', BY_NUMBER),
  };
  const faultsUntil = random.pick('chaos', [120_000, 300_000, 600_000]);
  const former = random.chance('former ledger', FORMER)
    ? { entries: random.whole('former', 20, 40), scope: 300 }
    : null;
  const maxRetries = random.pick('task retries', [0, 0, 0, 1, 3]);
  return {
    options,
    tenants,
    maxRetries,
    former,
    events: drawEvents(random, faultsUntil),
    isScheduled: true,
    faultsUntil,
  };
}

/** A rollout that has the quota to itself for minutes, and then a hotfix of another runtime that needs very little of it. */
function crowdedScenario(seed: number, random: SeededRandom): Scenario {
  const many = random.whole('many', 42, 52);
  const tenants = [
    ...Array.from({ length: many }, (_, index) => ({ runtime: 'codex', tenant: `t${index}`, region: 'r1' })),
    ...TENANTS.slice(0, random.whole('few', 1, 2)).map((tenant) => ({ runtime: 'scribe', tenant, region: 'r1' })),
  ];
  const options = {
    seed,
    intensity: random.pick('intensity', [0, 0.2, 0.5]),
    // A batch is one launch, so that few tenants do for many batches.
    runsPerMinute: 6,
    quotaPerMinute: 6,
    running: Number.POSITIVE_INFINITY,
    maxRunning: 1_000,
    functionSeconds: 300,
    maxAttempts: random.pick('attempts', [2, 3]),
    latency: 60,
  };
  const events: Event[] = [
    { id: 'e0', at: 0, action: 'promoteFirst' },
    { id: 'e1', at: random.between('e1 at', 15_000, 60_000), action: 'promoteLast' },
  ];
  return { options, tenants, maxRetries: 0, former: null, events, isScheduled: true, faultsUntil: 600_000 };
}

/** A fleet of many times the running cap. Where the cap is known it goes on by itself, without the scheduler. */
function cappedScenario(seed: number, random: SeededRandom): Scenario {
  const running = random.whole('running', 2, 4);
  const isKnown = random.chance('known', 0.5);
  const options = {
    seed,
    intensity: 0,
    runsPerMinute: 30,
    quotaPerMinute: 30,
    running,
    maxRunning: isKnown ? running : 1_000,
    functionSeconds: 300,
    maxAttempts: 3,
    latency: 60,
    concurrency: random.pick('concurrency', [1, 4]),
    ...(!isKnown && { workSeconds: 120 }),
  };
  const tenants = Array.from({ length: random.whole('many', 8, 12) }, (_, index) => {
    return { runtime: 'codex', tenant: `t${index}`, region: 'r1' };
  });
  const events: Event[] = [{ id: 'e0', at: 0, action: 'promoteFirst' }];
  return { options, tenants, maxRetries: 0, former: null, events, isScheduled: !isKnown, faultsUntil: 120_000 };
}

function drawEvents(random: SeededRandom, faultsUntil: number): Event[] {
  const first: Event = { id: 'e0', at: 0, action: 'promote' };
  const further = Array.from({ length: random.whole('events', 2, 12) }, (_, index) => {
    const id = `e${index + 1}`;
    return { id, at: random.between(`${id} at`, 0, faultsUntil * 0.9), action: drawAction(random, id) };
  });
  return [first, ...further.sort((a, b) => a.at - b.at)];
}

function drawAction(random: SeededRandom, id: string): ActionName {
  const total = Object.values(actions).reduce((sum, { weight }) => sum + weight, 0);
  // The label is part of the hash: another label would give every seed another run.
  let left = random.between(`${id} deed`, 0, total);
  for (const [action, { weight }] of Object.entries(actions)) {
    left -= weight;
    if (left < 0) return action as ActionName;
  }
  return 'promote';
}
