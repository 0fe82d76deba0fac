import { digestOf } from '../model/digest.ts';
import { tenantsOf } from '../model/records.ts';
import type { Simulation } from '../simulation.ts';
import { type Promotion, promotion, publishPromotion } from './publish-promotion.ts';
import { addTenant } from './tenants.ts';

export function promote(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, promotion(simulation, id));
}

/** The runtime that the scenario names first. */
export function promoteFirst(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, tolerant(simulation, id, simulation.runtimes[0]));
}

/** The runtime that the scenario names last. */
export function promoteLast(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, tolerant(simulation, id, simulation.runtimes.at(-1)));
}

/** Of a fleet so large that some tenant always fails: mostly the rollout goes on all the same. */
function tolerant(simulation: Simulation, id: string, runtime: string | undefined): Promotion {
  const maxFailures = simulation.world.random.pick(`${id} tolerates`, [100, 100, 100, 100, 100, 1]);
  return { ...promotion(simulation, id, 'tar', runtime), rollout: { maxFailures } };
}

export function promoteScoped(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, { ...promotion(simulation, id), tenants: someTenants(simulation, id) });
}

export function promoteExpecting(simulation: Simulation, id: string): void {
  const expectedRevision = simulation.world.random.whole(`${id} expects`, 0, 3);
  publishPromotion(simulation, id, { ...promotion(simulation, id), expectedRevision });
}

export function promoteInMode(simulation: Simulation, id: string): void {
  const launch = simulation.world.random.pick(`${id} mode`, ['verify', 'none']);
  const event = promotion(simulation, id);
  publishPromotion(simulation, id, { ...event, rollout: { ...event.rollout, launch } });
}

/** Contradicts the bucket or the fleet, or has not the promised form. */
export function promoteWrongly(simulation: Simulation, id: string): void {
  const event = promotion(simulation, id);
  const wrong = simulation.world.random.pick(`${id} fault`, [
    { ...event, environmentTarDigest: digestOf(`not ${id}`) },
    { ...event, tenants: ['absent'] },
    { ...event, tenats: ['acme'] },
    { ...event, environmentTarUrl: 'gs://elsewhere/codex/1.tar' },
    { ...event, runtime: 'unknown' },
  ]);
  publishPromotion(simulation, id, wrong);
}

/** CI that publishes again under the same id, as it was or with other content. */
export function promoteTwice(simulation: Simulation, id: string): void {
  const { random, timeline } = simulation.world;
  const promotionId = `promotion-${id}`;
  const event = { ...promotion(simulation, id), promotionId };
  publishPromotion(simulation, id, event);
  const second = random.chance(`${id} same`, 0.7) ? event : { ...promotion(simulation, `${id}b`), promotionId };
  timeline.after(random.between(`${id} second`, 0, 60_000), () => publishPromotion(simulation, `${id}b`, second));
}

/** Published now, delivered after what is published meanwhile. */
export function promoteLate(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, promotion(simulation, id), { delay: 100_000 });
}

/** For a tenant that is registered only when the message is delivered a second time. */
export function promoteEarly(simulation: Simulation, id: string): void {
  const { random, timeline } = simulation.world;
  const pin = promotion(simulation, id);
  publishPromotion(simulation, id, { ...pin, tenants: [id] }, { again: random.between(`${id} again`, 500, 40_000) });
  timeline.after(random.between(`${id} registered`, 0, 40_000), () => addTenant(simulation, pin.runtime, id));
}

/** Of an archive that no sandbox unpacks. */
export function promoteBomb(simulation: Simulation, id: string): void {
  publishPromotion(simulation, id, promotion(simulation, id, 'bomb'));
}

function someTenants(simulation: Simulation, id: string): string[] {
  const { runtime } = promotion(simulation, id);
  const known = tenantsOf(simulation.world).filter((tenant) => tenant.runtime === runtime);
  const some = known.filter(({ tenant }) => simulation.world.random.chance(`${id} ${tenant}`, 0.5));
  return (some.length > 0 ? some : known.slice(0, 1)).map(({ tenant }) => tenant);
}
