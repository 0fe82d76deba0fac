import type { Config } from '#functions/core/config.ts';
import { topics } from '#functions/core/messages/topics.ts';
import { RECORD_KEY } from '#functions/core/records/codec.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import type { Clock } from '#functions/ports/system.ts';
import { Watch } from '../invariants/watch.ts';
import { Buckets, type Change } from './cloud/buckets.ts';
import { CloudRun, projectRegionOf } from './cloud/cloud-run.ts';
import { PubSub } from './cloud/pubsub.ts';
import type { Network, Wire, WireCall, WireFault } from './cloud/wire.ts';
import { FaultInjector } from './fault-injector.ts';
import { buckets, buildConfig } from './names.ts';
import { invoke } from './processes/functions.ts';
import { takeOverGlobals } from './processes/globals.ts';
import { currentWire, Instances } from './processes/instances.ts';
import { Timeline } from './processes/timeline.ts';
import { SeededRandom } from './random.ts';
import { runContainer } from './sandbox/container.ts';

export type WorldOptions = {
  seed: number;
  intensity: number;
  /** Of faults, only these may strike; null: all. */
  only: ReadonlySet<string> | null;
  isTraced: boolean;
  runsPerMinute: number;
  /** What Cloud Run really allows; Pincast's own belief is `runsPerMinute`. */
  quotaPerMinute: number;
  running: number;
  /** What Pincast believes of that. */
  maxRunning: number;
  functionSeconds: number;
  maxAttempts: number;
  latency: number;
  /** Every workload takes so long and ends well; absent: the seed decides. */
  workSeconds?: number;
  /** Many workloads take up to hours. */
  isSlow?: boolean;
  /** Cloud Run names projects by their numbers. */
  answersByNumber?: boolean;
  /** Milliseconds that each process's clock is ahead or behind, at most; absent: none. */
  skew?: number;
  /** Deliveries that a process of a function takes at a time; absent: one. */
  concurrency?: number;
};

const OUTAGE = { kind: 'refused', status: 503 } as const;
const START = Date.UTC(2026, 10, 20, 12, 0, 0);

/** A whole cloud in memory, with everything that Pincast runs in it. */
export class World {
  readonly random: SeededRandom;
  readonly timeline: Timeline;
  readonly faults: FaultInjector;
  readonly buckets: Buckets;
  readonly run: CloudRun;
  readonly pubsub: PubSub;
  readonly network: Network;
  readonly config: Config;
  readonly watch: Watch;
  readonly isTraced: boolean;
  readonly notes: string[] = [];
  /** Whose request takes effect just now. */
  actor: WireCall | null = null;
  /** Until when a service refuses everything. */
  readonly outages = new Map<string, number>();
  /** Places, `P/R`, whose Cloud Run answers each call so late, until then. */
  readonly hangs = new Map<string, { until: number; milliseconds: number }>();
  readonly workSeconds: number | undefined;
  readonly isSlow: boolean;
  readonly answersByNumber: boolean;
  readonly instances: Instances;
  /** Milliseconds that a clock is ahead or behind, at most. */
  readonly skew: number;
  /** Job → whose it is, also when it is deleted. */
  readonly owners = new Map<string, Tenant>();
  /** Requests of processes that have ended, by method. */
  readonly requests: Record<string, number> = {};

  constructor(options: WorldOptions) {
    this.isTraced = options.isTraced;
    this.random = new SeededRandom(options.seed);
    this.timeline = new Timeline(START);
    this.workSeconds = options.workSeconds;
    this.isSlow = options.isSlow ?? false;
    this.answersByNumber = options.answersByNumber ?? false;
    this.config = buildConfig(options);
    this.faults = new FaultInjector(this.random, options.intensity, options.only);
    this.watch = new Watch(this);
    this.buckets = new Buckets(
      () => this.timeline.now,
      (change) => this.#changed(change),
    );
    this.skew = options.skew ?? 0;
    this.instances = new Instances(this, options.concurrency ?? 1);
    const { timeline, random, faults } = this;
    const limits = { perMinute: options.quotaPerMinute, running: options.running };
    const slowStart = (name: string) =>
      faults.injects(`${shortOf(name)} slow`, 0.1) ? random.between(`${name} slowness`, 5_000, 150_000) : 0;
    this.run = new CloudRun(
      timeline,
      random,
      limits,
      (...run) => runContainer(this, ...run),
      slowStart,
      (made) => this.watch.executionMade(made),
    );
    this.pubsub = new PubSub(
      timeline,
      random,
      (message, attempt) => invoke(this, message, attempt),
      (fault, id) => mayInject(fault, id) && faults.injects(`${fault}:${id}`, DELIVERY_FAULTS[fault]),
    );
    this.network = {
      timeline,
      random,
      latency: options.latency,
      faults: (call) => this.#fault(call),
      observer: {
        sent: (call) => this.watch.sent(call),
        doing: (call) => {
          this.actor = call;
        },
        done: () => {
          this.actor = null;
        },
        answered: (call, answer) => this.watch.answered(call, answer),
      },
    };
    takeOverGlobals(timeline, random, currentWire);
    this.buckets.put(buckets.assignments, names.guard, JSON.stringify(openGuard));
  }

  /** Milliseconds that the clock of a process, or of Cloud Run, is ahead. */
  skewOf(process: string): number {
    return this.skew === 0 ? 0 : this.random.whole(`${process} skew`, -this.skew, this.skew);
  }

  clockOf(process: string): Clock {
    const { timeline } = this;
    const skew = this.skewOf(process);
    return skew === 0 ? timeline.clock : { ...timeline.clock, now: () => new Date(timeline.now + skew) };
  }

  /** A function's delivery has ended by itself: what its end brings about is done, unless it was killed before. */
  ended(wire: Wire, then: () => void): void {
    for (const [method, count] of Object.entries(wire.counts)) {
      this.requests[method] = (this.requests[method] ?? 0) + count;
    }
    if (!wire.isDead) then();
  }

  register(tenant: Tenant, maxRetries: number): void {
    const text = JSON.stringify(tenant);
    this.buckets.put(
      buckets.control,
      names.tenant(tenant.runtime, tenant.tenant),
      text,
      undefined,
      buildRecordMetadata(text),
    );
    this.owners.set(tenant.job, tenant);
    this.run.jobs.set(tenant.job, { name: tenant.job, runtime: tenant.runtime, tenant: tenant.tenant, maxRetries });
  }

  note(text: string): void {
    if (this.isTraced) this.notes.push(`${this.stamp()} ${text}`);
  }

  stamp(): string {
    return `${((this.timeline.now - START) / 1000).toFixed(3)}s`;
  }

  #fault(call: WireCall) {
    const fault = this.#isOut(call) ? OUTAGE : (this.#hang(call) ?? this.faults.wireFault(call));
    if (this.isTraced) {
      const how = fault === undefined ? '' : ` !! ${JSON.stringify(fault)}`;
      this.note(`${call.id} ${call.method} ${call.resource}${how}`);
    }
    return fault;
  }

  #hang({ service, resource, sentAt }: WireCall): WireFault | undefined {
    const hang = service === 'run' && this.hangs.size > 0 ? this.hangs.get(projectRegionOf(resource)) : undefined;
    return hang !== undefined && sentAt < hang.until && !this.faults.isOver
      ? { kind: 'slow', milliseconds: hang.milliseconds, where: 'back' }
      : undefined;
  }

  /** Operators try again until they are heard, and what they do is over in an instant here. */
  #isOut({ service, process }: WireCall): boolean {
    return (
      this.timeline.now < (this.outages.get(service) ?? 0) && !process.startsWith('operator') && !this.faults.isOver
    );
  }

  #changed(change: Change): void {
    this.watch.changed(change);
    if (this.isTraced && change.bucket !== buckets.environments) {
      this.note(`  ${change.bucket}/${change.name} := ${change.after?.body.slice(0, 600) ?? 'deleted'}`);
    }
    if (change.bucket === buckets.receipts && change.after !== null) this.#notify(change.after.name, change);
  }

  /** Cloud Storage's notification: the object's resource as the JSON API has it, with its metadata. */
  #notify(object: string, { after }: Change): void {
    const attributes = { bucketId: buckets.receipts, objectId: object, eventType: 'OBJECT_FINALIZE' };
    const { generation, metadata } = after ?? {};
    const data = { kind: 'storage#object', name: object, bucket: buckets.receipts, generation, metadata };
    this.pubsub.publish(`receipt:${object}`, topics.receiptWritten, JSON.stringify(data), attributes);
  }
}

const DELIVERY_FAULTS = { delayed: 0.1, duplicated: 0.1, 'ack-lost': 0.05, dropped: 0.03 } as const;

/** What Pub/Sub has accepted it delivers; only the notification of a receipt may fail to be sent. */
function mayInject(fault: keyof typeof DELIVERY_FAULTS, id: string): boolean {
  return fault !== 'dropped' || id.startsWith('receipt:');
}

export function buildRecordMetadata(text: string): Record<string, string> {
  return { formatVersion: String(FORMAT_VERSION), [RECORD_KEY]: text };
}

function shortOf(execution: string): string {
  return execution.slice(execution.lastIndexOf('/') + 1);
}
