import { topics } from '#functions/core/messages/topics.ts';
import type { Tenant } from '#functions/core/records/tenant.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import type { WireCall } from '../model/cloud/wire.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import { World, type WorldOptions } from '../model/world.ts';

/** Cloud Run's `jobs.run` calls a minute, per project and region. */
export const QUOTA = 180;

/** Google Cloud's own figures, and round trips within a region. */
export function calmWorld(own: Partial<WorldOptions> = {}): World {
  return new World({
    seed: 1,
    intensity: 0,
    only: null,
    isTraced: false,
    runsPerMinute: QUOTA,
    quotaPerMinute: QUOTA,
    running: 1_000,
    maxRunning: 1_000,
    functionSeconds: 480,
    maxAttempts: 5,
    latency: 40,
    ...own,
  });
}

export function tenantsOver(count: number, regions: number): Tenant[] {
  return Array.from({ length: count }, (_, index) => {
    const tenant = `t${String(index).padStart(6, '0')}`;
    const job = `projects/p${index % regions}/locations/europe-west1/jobs/codex-${tenant}`;
    return { formatVersion: FORMAT_VERSION, runtime: 'codex', tenant, job, wave: null };
  });
}

const BODY = 'an environment';

/** Publishes a promotion of the `number`th environment; the message is delivered within 300 ms. */
export function promote(world: World, runtime: string, number = 1, tenants?: readonly string[]): void {
  const object = `${runtime}/${number}.tar`;
  const body = number === 1 ? BODY : `${BODY}, version ${number}`;
  world.buckets.put(buckets.environments, object, body);
  const environmentTarUrl = `gs://${buckets.environments}/${object}`;
  const event = {
    runtime,
    environmentTarUrl,
    environmentTarDigest: digestOf(body),
    rollout: { maxFailures: 100_000 },
    ...(tenants && { tenants }),
  };
  world.pubsub.publish(`promotion-${runtime}-${number}`, topics.pinPromoted, JSON.stringify(event));
}

/** Hears of every request of a function; sandboxes and operators are not counted. */
export function onRequest(world: World, hear: (call: WireCall) => void): void {
  const { sent } = world.network.observer;
  world.network.observer.sent = (call) => {
    if (!call.process.startsWith('codex-')) hear(call);
    sent?.(call);
  };
}
