import { FORMAT_VERSION } from '../../../functions/core/record.ts';
import type { Tenant } from '../../../functions/core/tenant.ts';
import type { WireCall } from '../model/wire.ts';
import { World } from '../model/world.ts';

/** Google Cloud's own figures, and round trips within a region. */
export function calmWorld(): World {
  return new World({
    seed: 1,
    intensity: 0,
    only: null,
    isTraced: false,
    runsPerMinute: 180,
    quotaPerMinute: 180,
    running: 1_000,
    maxRunning: 1_000,
    functionSeconds: 480,
    maxAttempts: 5,
    latency: 40,
  });
}

export function tenantsOver(count: number, regions: number): Tenant[] {
  return Array.from({ length: count }, (_, index) => {
    const tenant = `t${String(index).padStart(6, '0')}`;
    const job = `projects/p${index % regions}/locations/europe-west1/jobs/codex-${tenant}`;
    return { formatVersion: FORMAT_VERSION, runtime: 'codex', tenant, job, wave: null };
  });
}

/** Hears of every request of a function; sandboxes and operators are not counted. */
export function onRequest(world: World, hear: (call: WireCall) => void): void {
  const { sent } = world.network.observer;
  world.network.observer.sent = (call) => {
    if (!call.process.startsWith('codex-')) hear(call);
    sent?.(call);
  };
}
