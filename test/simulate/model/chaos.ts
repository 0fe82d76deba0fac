import type { Fate } from './fate.ts';
import type { WireCall, WireFault } from './wire.ts';

/** Where all processes meet, one's fault is another's race. */
function oftenOf({ resource }: WireCall): number {
  return resource.includes('/quota/') ? 0.3 : 0.12;
}

/** Which faults strike, by their names. */
export class Chaos {
  /** The names of those that struck. */
  readonly struck: string[] = [];
  isOver = false;
  readonly #fate: Fate;
  readonly #intensity: number;
  readonly #only: ReadonlySet<string> | null;

  /** @param intensity 0: nothing goes wrong; 1: as much as the probabilities say. @param only of all others none strikes. */
  constructor(fate: Fate, intensity: number, only: ReadonlySet<string> | null) {
    this.#fate = fate;
    this.#intensity = intensity;
    this.#only = only;
  }

  /** Whether a fault struck one of a process's requests. */
  hasStruck(process: string): boolean {
    return this.struck.some((name) => name.startsWith(`${process}#`));
  }

  strikes(name: string, probability: number): boolean {
    if (this.isOver || !this.#fate.chance(`${name} strikes`, probability * this.#intensity)) return false;
    if (this.#only !== null && !this.#only.has(name)) return false;
    this.struck.push(name);
    return true;
  }

  /** What goes wrong with a request. Operators are spared: they would try again. */
  wireFault(call: WireCall): WireFault | undefined {
    if (this.isOver || call.process.startsWith('operator')) return undefined;
    const fault = call.method === 'RunJob' ? this.#runFault(call.id) : this.#fault(call.id);
    return this.strikes(call.id, oftenOf(call)) ? fault : undefined;
  }

  /** `jobs.run` has no idempotency key: what its caller cannot know is what hurts. */
  #runFault(id: string): WireFault {
    if (this.#fate.chance(`${id} late`, 0.4)) {
      const milliseconds = this.#fate.between(`${id} lateness`, 1_000, 200_000);
      return { kind: 'slow', milliseconds, where: 'there' };
    }
    return this.#fault(id);
  }

  #fault(id: string): WireFault {
    const fate = this.#fate;
    const kind = fate.draw(`${id} kind`);
    if (kind < 0.2) return { kind: 'refused', status: fate.pick(`${id} status`, [429, 503, 500]) };
    if (kind < 0.45) return { kind: 'lost' };
    if (kind < 0.7) {
      const milliseconds = 50 * 1_500 ** fate.draw(`${id} slowness`);
      return { kind: 'slow', milliseconds, where: fate.pick(`${id} way`, ['there', 'back'] as const) };
    }
    return kind < 0.85 ? { kind: 'killed' } : { kind: 'killed-after' };
  }
}
