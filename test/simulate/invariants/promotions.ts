import type { Guard } from '#functions/core/records/guard.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { names } from '#functions/core/records/object-names.ts';
import type { Rejection } from '#functions/core/records/rejection.ts';
import type { Change } from '../model/cloud/buckets.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import { isRegistered } from '../model/records.ts';
import type { Context } from './watch.ts';

/** A promotion as its publisher wrote it. */
type Event = {
  runtime: string;
  environmentTarUrl: string;
  environmentTarDigest: string;
  tenants?: string[];
  expectedRevision?: number;
  promotionId?: string;
};

const FIELDS = [
  'runtime',
  'environmentTarUrl',
  'environmentTarDigest',
  'tenants',
  'expectedRevision',
  'promotionId',
  'rollout',
];
const PREFIX = `gs://${buckets.environments}/`;

/**
 * The ledger holds what was asked for and no promotion that must be rejected; no promotion is rejected that must be recorded.
 *
 * The world may change during a delivery: what was so at any moment of it may have been seen.
 */
export class Promotions {
  /** Delivery → when it began. */
  readonly #began = new Map<string, number>();
  /** Object → when it was written or deleted last. */
  readonly #changed = new Map<string, number>();
  /** Generation of an environment → the digest of its bytes. */
  readonly #digests = new Map<string, string>();
  /** Digest → when it was revoked. */
  readonly #revoked = new Map<string, number>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  began(process: string): void {
    this.#began.set(process, this.#now());
  }

  changed({ bucket, name, after }: Change): void {
    this.#changed.set(`${bucket}/${name}`, this.#now());
    if (bucket === buckets.environments && after !== null) this.#digests.set(after.generation, digestOf(after.body));
    if (bucket !== buckets.assignments || name !== names.guard || after === null) return;
    for (const digest of (JSON.parse(after.body) as Guard).revokedDigests)
      if (!this.#revoked.has(digest)) this.#revoked.set(digest, this.#now());
  }

  recorded(name: string, entry: LedgerEntry, by: WireCall): void {
    const event = this.#eventOf(entry.messageId);
    const start = this.#startOf(by);
    if (this.#wasRejected(entry.messageId, start))
      this.#context.violate('promotion', `${name} is recorded, and its rejection was there before`);
    const why = event === undefined ? 'was never published' : this.#whyNot(entry, event, start);
    if (why !== undefined) this.#context.violate('promotion', `${name} is recorded, and ${why}`);
  }

  rejected(name: string, { messageId, faults }: Rejection, by: WireCall): void {
    const event = this.#eventOf(messageId);
    if (event === undefined || !this.#isSound(event, this.#startOf(by))) return;
    const said = faults.map(({ path, message }) => `${path}: ${message}`).join('; ');
    this.#context.violate('promotion', `${name} is rejected for no reason: ${said}`);
  }

  /** The delivery began when the rejection was written: a promoter has read it. */
  #wasRejected(messageId: string, start: number): boolean {
    const rejection = names.rejection(messageId);
    const isThere = this.#context.world.buckets.get(buckets.control, rejection) !== undefined;
    return isThere && !this.#isChanged(`${buckets.control}/${rejection}`, start);
  }

  #whyNot(entry: LedgerEntry, event: Event, start: number): string | undefined {
    const { environmentTarUrl: url, environmentTarDigest: digest, revision } = entry;
    const isAsAsked = url === event.environmentTarUrl && digest === event.environmentTarDigest;
    if (!isAsAsked || JSON.stringify(entry.tenants) !== JSON.stringify(event.tenants && [...event.tenants].sort()))
      return 'it is not what was published';
    const unknown = Object.keys(event).filter((field) => !FIELDS.includes(field));
    if (unknown.length > 0) return `its event has the unknown field ${unknown.join(', ')}`;
    if (!url.startsWith(PREFIX)) return `${url} is in no environments bucket`;
    const actual = this.#digests.get(entry.environmentGeneration);
    if (actual !== digest) return `generation ${entry.environmentGeneration} hashes to ${actual}`;
    if ((this.#revoked.get(digest) ?? Number.POSITIVE_INFINITY) < start) return `${digest} was revoked before`;
    const stranger = (event.tenants ?? []).find(
      (tenant) => !this.#wasThere(names.tenant(event.runtime, tenant), start),
    );
    if (stranger !== undefined) return `${stranger} is not registered`;
    const { expectedRevision } = event;
    return expectedRevision === undefined || expectedRevision === revision - 1
      ? undefined
      : `revision ${expectedRevision} was expected before it`;
  }

  /** Nothing that could be held against it was so at any moment since. */
  #isSound(event: Event, start: number): boolean {
    const { runtime, environmentTarUrl: url, environmentTarDigest: digest, tenants } = event;
    const isPlain = event.expectedRevision === undefined && event.promotionId === undefined;
    if (!isPlain || !Object.keys(event).every((field) => FIELDS.includes(field)) || !url.startsWith(PREFIX))
      return false;
    const object = url.slice(PREFIX.length);
    const stored = this.#context.world.buckets.get(buckets.environments, object);
    if (stored === undefined || this.#digests.get(stored.generation) !== digest) return false;
    if (this.#isChanged(`${buckets.environments}/${object}`, start) || this.#revoked.has(digest)) return false;
    const registrations = (tenants ?? this.#registered(runtime)).map((tenant) => names.tenant(runtime, tenant));
    return registrations.length > 0 && registrations.every((name) => this.#isSteady(name, start));
  }

  #registered(runtime: string): string[] {
    const { buckets: stored } = this.#context.world;
    return stored
      .list(buckets.control, names.tenants(runtime))
      .map(({ name }) => name.slice(names.tenants(runtime).length, -5));
  }

  /** A registration that stood there all the time, and can be read. */
  #isSteady(name: string, start: number): boolean {
    const { world } = this.#context;
    const [, runtime = '', tenant = ''] = name.replace(/\.json$/, '').split('/');
    return isRegistered(world, runtime, tenant) && !this.#isChanged(`${buckets.control}/${name}`, start);
  }

  #wasThere(name: string, start: number): boolean {
    const isThere = this.#context.world.buckets.get(buckets.control, name) !== undefined;
    return isThere || this.#isChanged(`${buckets.control}/${name}`, start);
  }

  #isChanged(object: string, since: number): boolean {
    return (this.#changed.get(object) ?? Number.NEGATIVE_INFINITY) >= since;
  }

  #eventOf(messageId: string): Event | undefined {
    const data = this.#context.world.pubsub.messageOf(messageId)?.data;
    return data === undefined ? undefined : (JSON.parse(data) as Event);
  }

  #startOf({ process, sentAt }: WireCall): number {
    return this.#began.get(process) ?? sentAt;
  }

  #now(): number {
    return this.#context.world.timeline.now;
  }
}
