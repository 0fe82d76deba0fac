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

/** Slots and launches in flight. A slot is valid for one second, so it is reserved only if its launch can begin at once. */
const CONCURRENCY = 100;
/** Pause between reservations: the quota object takes one write a second, and a competing process gets the next batch. */
const FAIRNESS_DELAY_MS = 1_000;
/** Controls are read this long ahead of a slot, so that no launch waits for them. */
const READ_AHEAD_MS = 1_500;

/**
 * Reserves slots for the queue in batches and uses each at its time, until the queue is empty or the deadline is reached.
 *
 * Launches whose slots expired together return to the queue and get their next slots together.
 *
 * @throws what a reservation or the gate throws, after every launch in flight has ended.
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
  /** Slots whose time has not come, so that they hold no launch yet. */
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

  /** Connects ahead, because loading the client and fetching a token take longer than a slot's second. */
  async #connect(): Promise<void> {
    const { location } = this.#schedule;
    try {
      await this.#deps.launcher.connect(location);
    } catch (error) {
      this.#deps.log.warn('connect failed', { ...location, error: String(error) });
    }
  }

  /** Waits until a further slot is useful; false when all is done. */
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

  /** @returns true if slots were reserved; otherwise it first waits until `retryAfter`. */
  async #reserve(): Promise<boolean> {
    const want = this.#wanted();
    if (want <= 0) return false;
    const { quota, clock } = this.#deps;
    const deadline = this.#deadline;
    const { slots, retryAfter } = await quota.reserve(this.#schedule.location, want, deadline);
    for (const slot of slots) this.#start(slot);
    if (slots.length > 0) return true;
    // Counted from now, because a process that asks a round trip late would always find the slot taken.
    const earliest = clock.now().getTime() + 50;
    // Waits even to the deadline, because a requeued reconcile would find the quota exhausted as well.
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
    const remaining = () => time - clock.now().getTime();
    if (remaining() > READ_AHEAD_MS) await clock.sleep(remaining() - READ_AHEAD_MS);
    this.#schedule.gate.refresh();
    if (remaining() > 0) await clock.sleep(remaining());
  }
}
