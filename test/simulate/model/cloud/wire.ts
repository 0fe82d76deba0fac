import { digestOf } from '../digest.ts';
import type { Timeline } from '../processes/timeline.ts';
import type { SeededRandom } from '../random.ts';

const MAX_ID = 120;

/** One request of a process, before it is sent. */
export type WireCall = {
  /** Names the request in every run with the same seed: the process and the number of its request. */
  id: string;
  process: string;
  /** The operating system's process that it comes from, which other deliveries may share. */
  instance: string;
  service: 'storage' | 'run' | 'pubsub';
  method: string;
  resource: string;
  sentAt: number;
};

export type WireFault =
  /** Nothing is done, and the caller hears so. */
  | { kind: 'refused'; status: number }
  /** All is done, but the answer never comes: the connection breaks. */
  | { kind: 'lost' }
  /** The request, or its answer, takes so long. */
  | { kind: 'slow'; milliseconds: number; where: 'there' | 'back' }
  /** The process ends before it sends this. */
  | { kind: 'killed' }
  /** The process ends before the answer. */
  | { kind: 'killed-after' };

type FaultSwitch = (call: WireCall) => WireFault | undefined;

/** What a modelled server throws: an HTTP status for Cloud Storage, gRPC's number for Cloud Run and Pub/Sub. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: number | string;
  constructor(code: number | string, message: string) {
    const { stackTraceLimit } = Error;
    // Thousands are thrown a second, and where they come from says nothing.
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
  }
}

type Observer = {
  sent?(call: WireCall): void;
  /** Its effect comes now. */
  doing?(call: WireCall): void;
  done?(call: WireCall, answer: unknown): void;
  answered?(call: WireCall, answer: unknown): void;
};

export type Network = {
  timeline: Timeline;
  random: SeededRandom;
  faults: FaultSwitch;
  observer: Observer;
  /** Milliseconds of one way, at most. */
  latency: number;
  /** Milliseconds that the server takes for an answer, beside the network; absent: none. */
  serverTime?(call: WireCall, answer: unknown): number;
};

/** How a service says no, and how a broken connection looks to its client. */
export type Dialect = { refuse: (status: number) => Error; broken: () => Error };

const httpDialect: Dialect = {
  refuse: (status) => new ServerError(status, `HTTP ${status}`),
  broken: () => new ServerError('ECONNRESET', 'socket hang up'),
};

/** What a client needs of a wire. */
export type Sender = Pick<Wire, 'request'>;

/** One process's side of the network: what it sends goes out, takes effect, and is answered, each in its own time. */
export class Wire {
  readonly process: string;
  readonly instance: string;
  readonly #network: Network;
  readonly #onKill: () => void;
  #requests = 0;
  #ids = 0;
  #isDead = false;
  /** Of every request, by service: for counting. */
  readonly counts: Record<string, number> = {};

  constructor(who: { process: string; instance: string }, network: Network, onKill: () => void) {
    this.process = who.process;
    this.instance = who.instance;
    this.#network = network;
    this.#onKill = onKill;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** An id that no other process gives, in a launch id's form: a message's continuation would make it longer each time. */
  newId(kind: string): string {
    const id = `${this.process}.${kind}${++this.#ids}`.replaceAll(':', '.');
    return id.length <= MAX_ID ? id : `${digestOf(id).slice(-40)}.${kind}${this.#ids}`;
  }

  /** The process is no more: what it sent before still takes effect, what it awaits never comes. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    this.#onKill();
  }

  request<T>(
    service: WireCall['service'],
    method: string,
    resource: string,
    effect: () => T,
    dialect: Dialect = httpDialect,
  ): Promise<T> {
    if (this.#isDead) return never();
    const { observer, faults } = this.#network;
    const id = `${this.process}#${++this.#requests}`;
    const { process, instance } = this;
    const call: WireCall = { id, process, instance, service, method, resource, sentAt: this.#network.timeline.now };
    this.counts[method] = (this.counts[method] ?? 0) + 1;
    const fault = faults(call);
    if (fault?.kind === 'killed') {
      this.kill();
      return never();
    }
    observer.sent?.(call);
    return new Promise<T>((resolve, reject) => this.#travel(call, fault, effect, dialect, resolve, reject));
  }

  #travel<T>(
    call: WireCall,
    fault: WireFault | undefined,
    effect: () => T,
    dialect: Dialect,
    resolve: (answer: T) => void,
    reject: (error: Error) => void,
  ): void {
    const { timeline, observer } = this.#network;
    const slow = (where: 'there' | 'back') =>
      fault?.kind === 'slow' && fault.where === where ? fault.milliseconds : 0;
    timeline.after(this.#latency(call, 'there') + slow('there'), () => {
      observer.doing?.(call);
      const answer = fault?.kind === 'refused' ? dialect.refuse(fault.status) : attempt(effect);
      observer.done?.(call, answer);
      const work = this.#network.serverTime?.(call, answer) ?? 0;
      timeline.after(this.#latency(call, 'back') + slow('back') + work, () => {
        if (fault?.kind === 'killed-after') this.kill();
        if (this.#isDead) return;
        observer.answered?.(call, answer);
        if (fault?.kind === 'lost') reject(dialect.broken());
        else if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
    });
  }

  #latency(call: WireCall, way: string): number {
    const { random, latency } = this.#network;
    return random.between(`${call.id} ${way}`, 1, latency);
  }
}

function attempt<T>(effect: () => T): T | Error {
  try {
    return effect();
  } catch (error) {
    if (error instanceof ServerError) return error;
    throw error;
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
