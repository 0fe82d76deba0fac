import type { LaunchSlot } from '../../core/launch/quota.ts';
import type { ProjectRegion } from '../../core/records/tenant.ts';
import type { Launcher, LaunchQuota } from '../../ports/launcher.ts';
import type { Clock, Log } from '../../ports/system.ts';
import type { LaunchGate } from './gate.ts';
import type { LaunchQueue } from './queue.ts';

export type ScheduleDeps = { quota: LaunchQuota; launcher: Launcher; clock: Clock; log: Log };

/** One location's launches, and what uses a slot. */
export type Schedule = {
  location: ProjectRegion;
  queue: LaunchQueue;
  gate: LaunchGate;
  /** Called when the slot's time has come. */
  useSlot: (slot: LaunchSlot) => Promise<void>;
};

/** Launches that wait or run at a time. A slot is reserved only where its launch can begin at once: it is good for a second. */
const CONCURRENCY = 100;
/** Between two reservations, so that a process that lost the race for one wins the next. */
const FAIRNESS_DELAY_MS = 1_000;
/** Controls are read this long ahead of a slot, so that no launch waits for them. */
const READ_AHEAD_MS = 1_500;

/**
 * Reserves slots for the queue in batches and uses each at its time. Orders whose slots expired together go back to the queue
 * and get their next slots together. Returns when the queue is empty, or at the deadline.
 *
 * @throws what a reservation or the gate throws, when every launch in flight has ended.
 */
export async function scheduleLaunches(schedule: Schedule, deps: ScheduleDeps, deadline: Date): Promise<void> {
  const scheduler = new Scheduler(schedule, deps, deadline);
  try {
    await scheduler.run();
  } finally {
    await scheduler.drain();
  }
}

class Scheduler {
  readonly #schedule: Schedule;
  readonly #deps: ScheduleDeps;
  readonly #deadline: Date;
  readonly #inFlight = new Set<Promise<void>>();
  /** Slots whose time has not come: they have taken no order yet. */
  #early = 0;

  constructor(schedule: Schedule, deps: ScheduleDeps, deadline: Date) {
    this.#schedule = schedule;
    this.#deps = deps;
    this.#deadline = deadline;
  }

  async run(): Promise<void> {
    await this.#connect();
    for (let hasReserved = false; await this.#hasWork(); ) {
      if (hasReserved) await this.#deps.clock.sleep(FAIRNESS_DELAY_MS);
      await this.#schedule.queue.dropBlocked();
      if (this.#deps.clock.now() >= this.#deadline) return;
      hasReserved = await this.#reserve();
    }
  }

  async drain(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** The slot's second is too short for a client that loads, connects and fetches a token. */
  async #connect(): Promise<void> {
    const { location } = this.#schedule;
    try {
      await this.#deps.launcher.connect(location);
    } catch (error) {
      this.#deps.log.warn('client not connected ahead', { ...location, error: String(error) });
    }
  }

  /** Waits for a launch in flight where a further slot is of no use yet; false when all is done. */
  async #hasWork(): Promise<boolean> {
    while (this.#wanted() <= 0) {
      if (this.#inFlight.size > 0) await Promise.race(this.#inFlight);
      else {
        await this.#schedule.queue.resolveConflicts();
        if (this.#schedule.queue.size === 0) return false;
      }
    }
    return true;
  }

  #wanted(): number {
    return Math.min(this.#schedule.queue.size - this.#early, CONCURRENCY - this.#inFlight.size);
  }

  /** @returns whether slots were had; where the quota is taken, it waits until the next one may be. */
  async #reserve(): Promise<boolean> {
    const want = this.#wanted();
    if (want <= 0) return false;
    const { quota, clock } = this.#deps;
    const deadline = this.#deadline;
    const { slots, retryAfter } = await quota.reserve(this.#schedule.location, want, deadline);
    for (const slot of slots) this.#start(slot);
    if (slots.length > 0) return true;
    // Counted from now on: a process that asks a round trip late would find the slot taken, again and again.
    const earliest = clock.now().getTime() + 50;
    // To the deadline, too: a pass that goes on by message at once would find the quota just as taken.
    await this.#sleepUntil(Math.min(Math.max(retryAfter, earliest), deadline.getTime()));
    return false;
  }

  #start(slot: LaunchSlot): void {
    const use = this.#use(slot).finally(() => this.#inFlight.delete(use));
    this.#inFlight.add(use);
  }

  async #use(slot: LaunchSlot): Promise<void> {
    this.#early++;
    await this.#sleepUntil(slot.at);
    this.#early--;
    await this.#schedule.useSlot(slot);
  }

  async #sleepUntil(time: number): Promise<void> {
    const { clock } = this.#deps;
    const left = () => time - clock.now().getTime();
    if (left() > READ_AHEAD_MS) await clock.sleep(left() - READ_AHEAD_MS);
    this.#schedule.gate.refresh();
    if (left() > 0) await clock.sleep(left());
  }
}
