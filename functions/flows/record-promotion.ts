import type { InputFault } from '../core/faults.ts';
import { formatGsUrl, parseGsUrl } from '../core/gs-url.ts';
import { type Guard, guardRefusal } from '../core/guard.ts';
import type { LedgerEntry } from '../core/ledger-entry.ts';
import type { PromoteEvent } from '../core/promote-event.ts';
import type { PublishOrder } from '../core/publish-time.ts';
import { decidePromotion, ledgerEntry, type Preflighted } from '../core/record-promotion.ts';
import type { Clock } from '../ports/clock.ts';
import type { Environments } from '../ports/environments.ts';
import type { FleetRegistry } from '../ports/fleet.ts';
import type { Pins } from '../ports/pins.ts';

export type RecordDeps = {
  pins: Pins;
  fleet: FleetRegistry;
  environments: Environments;
  clock: Clock;
};

export type RecordPolicy = {
  environmentBuckets: readonly string[];
  maxEnvironmentBytes: number;
};

export type Recorded = { kind: 'recorded'; entry: LedgerEntry } | { kind: 'rejected'; faults: InputFault[] };

/** Somebody recorded a promotion of this runtime in every one of our attempts: Pub/Sub shall deliver again. */
export class LedgerContentionError extends Error {
  override readonly name = 'LedgerContentionError';
  readonly code = 'LEDGER_CONTENTION';
}

const MAX_RACES = 20;

/**
 * Brings a promotion into the ledger, or says why not. All of it again after every lost race: what was true of the ledger
 * before somebody else's entry need not be true after it.
 */
export async function recordPromotion(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordDeps,
  policy: RecordPolicy,
): Promise<Recorded> {
  for (let race = 0; race < MAX_RACES; race++) {
    const recorded = await tryToRecord(event, message, deps, policy);
    if (recorded !== 'lost-race') return recorded;
  }
  throw new LedgerContentionError(`the ledger of ${event.runtime} changed ${MAX_RACES} times while this was recorded`);
}

async function tryToRecord(
  event: PromoteEvent,
  message: PublishOrder,
  deps: RecordDeps,
  policy: RecordPolicy,
): Promise<Recorded | 'lost-race'> {
  const entries = await deps.pins.list(event.runtime);
  const decision = decidePromotion(entries, event, message);
  if (decision.kind === 'resume') return { kind: 'recorded', entry: decision.entry };
  const faults = decision.kind === 'reject' ? [...decision.faults] : [];
  faults.push(...(await scopeFaults(event, deps.fleet)));
  const preflight = await preflightEnvironment(event, entries, faults.length === 0, deps, policy);
  if ('faults' in preflight) faults.push(...preflight.faults);
  if (decision.kind === 'reject' || 'faults' in preflight || faults.length > 0) return { kind: 'rejected', faults };
  const entry = ledgerEntry(decision, event, message, preflight, deps.clock.now());
  const created = await deps.pins.create(entry);
  return created === 'created' ? { kind: 'recorded', entry } : 'lost-race';
}

async function scopeFaults(event: PromoteEvent, fleet: FleetRegistry): Promise<InputFault[]> {
  const registered = new Set((await fleet.tenants(event.runtime)).map(({ tenant }) => tenant));
  if (registered.size === 0) {
    return [{ path: 'runtime', message: `no tenant is registered for ${JSON.stringify(event.runtime)}` }];
  }
  const unknown = (event.tenants ?? []).filter((tenant) => !registered.has(tenant));
  return unknown.map((tenant) => ({
    path: 'tenants',
    message: `${JSON.stringify(tenant)} is not a tenant of ${event.runtime}`,
  }));
}

type Preflight = Preflighted | { faults: InputFault[] };

/** A wrong digest is caught here once, not in a thousand sandboxes. What is refused anyway is not worth the download. */
async function preflightEnvironment(
  event: PromoteEvent,
  entries: readonly LedgerEntry[],
  mayDownload: boolean,
  deps: RecordDeps,
  policy: RecordPolicy,
): Promise<Preflight> {
  const location = parseGsUrl(event.environmentTarUrl);
  if (!policy.environmentBuckets.includes(location.bucket)) return urlFault(outsideBuckets(event, policy));
  const guard = await deps.fleet.guard();
  const revoked = revokedFault(event, guard);
  if (revoked !== undefined) return { faults: [revoked] };
  const stat = await deps.environments.stat(location);
  if (stat === undefined) return urlFault(`there is no object ${formatGsUrl(location)}`);
  if (stat.contentEncoding !== null) return urlFault(encodedFault(stat.contentEncoding));
  if (stat.bytes > policy.maxEnvironmentBytes) {
    return urlFault(`it has ${stat.bytes} bytes, the most is ${policy.maxEnvironmentBytes}`);
  }
  const preflighted = { generation: stat.generation, bytes: stat.bytes };
  if (!mayDownload || wasHashedBefore(event, entries, stat.generation)) return preflighted;
  const actual = await deps.environments.hash(location, stat.generation, policy.maxEnvironmentBytes);
  if (actual === event.environmentTarDigest) return preflighted;
  const message = `expected ${event.environmentTarDigest}, but the object's bytes hash to ${actual}`;
  return { faults: [{ path: 'environmentTarDigest', message }] };
}

function urlFault(message: string): { faults: InputFault[] } {
  return { faults: [{ path: 'environmentTarUrl', message }] };
}

function outsideBuckets(event: PromoteEvent, { environmentBuckets }: RecordPolicy): string {
  return `expected an object in ${environmentBuckets.map((bucket) => `gs://${bucket}`).join(' or ')}, got ${event.environmentTarUrl}`;
}

function encodedFault(encoding: string): string {
  return `it is stored with contentEncoding ${encoding}: Cloud Storage would decompress it in flight and the digest could not match; upload it without one`;
}

function revokedFault(event: PromoteEvent, guard: Guard): InputFault | undefined {
  if (guardRefusal(guard, event.runtime, event.environmentTarDigest) !== 'REVOKED') return undefined;
  return { path: 'environmentTarDigest', message: `${event.environmentTarDigest} is revoked` };
}

/** An entry is the memory of its own preflight: this generation hashed to this digest. */
function wasHashedBefore(event: PromoteEvent, entries: readonly LedgerEntry[], generation: string): boolean {
  return entries.some(
    (entry) =>
      entry.environmentTarUrl === event.environmentTarUrl &&
      entry.environmentTarDigest === event.environmentTarDigest &&
      entry.environmentGeneration === generation,
  );
}
