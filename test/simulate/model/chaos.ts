import type { WireCall, WireFault } from './cloud/wire.ts';
import type { SeededRandom } from './random.ts';

/** Where all processes meet, one's fault is another's race. */
function oftenOf({ resource }: WireCall): number {
  return resource.includes('/quota/') ? 0.3 : 0.12;
}

/** Which faults strike, by their names. */
export class Chaos {
  /** The names of those that struck. */
  readonly struck: string[] = [];
  isOver = false;
  readonly #random: SeededRandom;
  readonly #intensity: number;
  readonly #only: ReadonlySet<string> | null;

  /** @param intensity 0: nothing goes wrong; 1: as much as the probabilities say. @param only of all others none strikes. */
  constructor(random: SeededRandom, intensity: number, only: ReadonlySet<string> | null) {
    this.#random = random;
    this.#intensity = intensity;
    this.#only = only;
  }

  /** Whether a fault struck one of a process's requests. */
  hasStruck(process: string): boolean {
    return this.struck.some((name) => name.startsWith(`${process}#`));
  }

  strikes(name: string, probability: number): boolean {
    if (this.isOver || !this.#random.chance(`${name} strikes`, probability * this.#intensity)) return false;
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
