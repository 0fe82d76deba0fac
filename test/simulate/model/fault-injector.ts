import type { WireCall, WireFault } from './cloud/wire.ts';
import type { SeededRandom } from './random.ts';

/** More often at the quota object, which all processes write: a fault of one becomes a race of another. */
function probabilityOf({ resource }: WireCall): number {
  return resource.includes('/quota/') ? 0.3 : 0.12;
}

/** Decides by its name whether a fault happens. */
export class FaultInjector {
  /** The names of the faults that happened. */
  readonly injected: string[] = [];
  isOver = false;
  readonly #random: SeededRandom;
  readonly #intensity: number;
  readonly #only: ReadonlySet<string> | null;

  /** @param intensity scales every probability; 0: no faults. @param only the faults that may happen; null: all */
  constructor(random: SeededRandom, intensity: number, only: ReadonlySet<string> | null) {
    this.#random = random;
    this.#intensity = intensity;
    this.#only = only;
  }

  /** Whether one of a process's requests had a fault. */
  hasInjected(process: string): boolean {
    return this.injected.some((name) => name.startsWith(`${process}#`));
  }

  injects(name: string, probability: number): boolean {
    if (this.isOver || !this.#random.chance(`${name} strikes`, probability * this.#intensity)) return false;
    if (this.#only !== null && !this.#only.has(name)) return false;
    this.injected.push(name);
    return true;
  }

  /** The fault of a request. An operator's requests have none, because operators try again. */
  wireFault(call: WireCall): WireFault | undefined {
    if (this.isOver || call.process.startsWith('operator')) return undefined;
    const fault = call.method === 'RunJob' ? this.#runFault(call.id) : this.#fault(call.id);
    return this.injects(call.id, probabilityOf(call)) ? fault : undefined;
  }

  /** `jobs.run` has no idempotency key, so calls that arrive after their caller gave up are the dangerous ones. */
  #runFault(id: string): WireFault {
    if (this.#random.chance(`${id} late`, 0.4)) {
      const milliseconds = this.#random.between(`${id} lateness`, 1_000, 200_000);
      return { kind: 'slow', milliseconds, where: 'there' };
    }
    return this.#fault(id);
  }

  #fault(id: string): WireFault {
    const random = this.#random;
    const kind = random.draw(`${id} kind`);
    if (kind < 0.2) return { kind: 'refused', status: random.pick(`${id} status`, [429, 503, 500]) };
    if (kind < 0.45) return { kind: 'lost' };
    if (kind < 0.7) {
      const milliseconds = 50 * 1_500 ** random.draw(`${id} slowness`);
      return { kind: 'slow', milliseconds, where: random.pick(`${id} way`, ['there', 'back'] as const) };
    }
    return kind < 0.85 ? { kind: 'killed' } : { kind: 'killed-after' };
  }
}
