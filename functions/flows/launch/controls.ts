import type { Clock } from '../../ports/system.ts';
import { type ControlDeps, type Controls, readControls } from '../read-fleet.ts';

/** The controls could not be read for 30 s. Launches need controls of the last 5 s. */
export class ControlsUnreadableError extends Error {
  override readonly name = 'ControlsUnreadableError';
  readonly code = 'CONTROLS_UNREADABLE';
}

/** From this age on the controls are read again in the background. */
const REFRESH_MS = 2_000;
/** Controls are never used beyond this age, so an operator's control takes effect within 5 s. */
const MAX_AGE_MS = 5_000;
const READ_TIMEOUT_MS = 30_000;
const POLL_MS = 50;

type Known = Controls & { readAt: number };

/** The newest controls. Reads overlap, so that a hanging one does not delay the next. */
export class ControlsCache {
  readonly #runtime: string;
  readonly #deps: ControlDeps & { clock: Clock };
  #known: Known;
  #startedAt: number;
  #failure: unknown;

  constructor(runtime: string, known: Known, deps: ControlDeps & { clock: Clock }) {
    this.#runtime = runtime;
    this.#deps = deps;
    this.#known = known;
    this.#startedAt = known.readAt;
  }

  refresh(): void {
    if (this.#now() - this.#startedAt > REFRESH_MS) void this.#read();
  }

  /** @throws ControlsUnreadableError if the controls are over 5 s old. */
  async fresh(): Promise<Controls> {
    const timeoutAt = this.#now() + READ_TIMEOUT_MS;
    this.refresh();
    while (this.#now() - this.#known.readAt > MAX_AGE_MS) {
      if (this.#now() >= timeoutAt) throw this.#unreadable();
      await this.#deps.clock.sleep(POLL_MS);
      this.refresh();
    }
    return this.#known;
  }

  async #read(): Promise<void> {
    const readAt = this.#now();
    this.#startedAt = readAt;
    try {
      const controls = await readControls(this.#runtime, this.#deps);
      if (readAt > this.#known.readAt) this.#known = { ...controls, readAt };
    } catch (error) {
      this.#failure = error;
    }
  }

  #unreadable(): ControlsUnreadableError {
    const age = this.#now() - this.#known.readAt;
    const message = `the controls of ${this.#runtime} are ${age} ms old and no read has ended in ${READ_TIMEOUT_MS} ms`;
    return new ControlsUnreadableError(message, { cause: this.#failure });
  }

  #now(): number {
    return this.#deps.clock.now().getTime();
  }
}
