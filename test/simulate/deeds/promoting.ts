import { digestOf } from '../model/digest.ts';
import { tenantsOf } from '../model/records.ts';
import { addTenant } from './fleet.ts';
import { type Promotion, promotion, publishPromotion } from './promotion.ts';
import type { Stage } from './stage.ts';

export function promote(stage: Stage, id: string): void {
  publishPromotion(stage, id, promotion(stage, id));
}

/** The runtime that the scenario names first. */
export function promoteFirst(stage: Stage, id: string): void {
  publishPromotion(stage, id, tolerant(stage, id, stage.runtimes[0]));
}

/** The runtime that the scenario names last. */
export function promoteLast(stage: Stage, id: string): void {
  publishPromotion(stage, id, tolerant(stage, id, stage.runtimes.at(-1)));
}

/** Of a fleet so large that some tenant always fails: mostly the rollout goes on all the same. */
function tolerant(stage: Stage, id: string, runtime: string | undefined): Promotion {
  const maxFailures = stage.world.fate.pick(`${id} tolerates`, [100, 100, 100, 100, 100, 1]);
  return { ...promotion(stage, id, 'tar', runtime), rollout: { maxFailures } };
}

export function promoteScoped(stage: Stage, id: string): void {
  publishPromotion(stage, id, { ...promotion(stage, id), tenants: someTenants(stage, id) });
}

export function promoteExpecting(stage: Stage, id: string): void {
  const expectedRevision = stage.world.fate.whole(`${id} expects`, 0, 3);
  publishPromotion(stage, id, { ...promotion(stage, id), expectedRevision });
}

export function promoteInMode(stage: Stage, id: string): void {
  const launch = stage.world.fate.pick(`${id} mode`, ['verify', 'none']);
  const event = promotion(stage, id);
  publishPromotion(stage, id, { ...event, rollout: { ...event.rollout, launch } });
}

/** Contradicts the bucket or the fleet, or has not the promised form. */
export function promoteWrongly(stage: Stage, id: string): void {
  const event = promotion(stage, id);
  const wrong = stage.world.fate.pick(`${id} fault`, [
    { ...event, environmentTarDigest: digestOf(`not ${id}`) },
    { ...event, tenants: ['absent'] },
    { ...event, tenats: ['acme'] },
    { ...event, environmentTarUrl: 'gs://elsewhere/codex/1.tar' },
    { ...event, runtime: 'unknown' },
  ]);
  publishPromotion(stage, id, wrong);
}

/** CI that publishes again under the same id, as it was or with other content. */
export function promoteTwice(stage: Stage, id: string): void {
  const { fate, timeline } = stage.world;
  const promotionId = `promotion-${id}`;
  const event = { ...promotion(stage, id), promotionId };
  publishPromotion(stage, id, event);
  const second = fate.chance(`${id} same`, 0.7) ? event : { ...promotion(stage, `${id}b`), promotionId };
  timeline.after(fate.between(`${id} second`, 0, 60_000), () => publishPromotion(stage, `${id}b`, second));
}

/** Published now, delivered after what is published meanwhile. */
export function promoteLate(stage: Stage, id: string): void {
  publishPromotion(stage, id, promotion(stage, id), { delay: 100_000 });
}

/** For a tenant that is registered only when the message is delivered a second time. */
export function promoteEarly(stage: Stage, id: string): void {
  const { fate, timeline } = stage.world;
  const pin = promotion(stage, id);
  publishPromotion(stage, id, { ...pin, tenants: [id] }, { again: fate.between(`${id} again`, 500, 40_000) });
  timeline.after(fate.between(`${id} registered`, 0, 40_000), () => addTenant(stage, pin.runtime, id));
}

/** Of an archive that no sandbox unpacks. */
export function promoteBomb(stage: Stage, id: string): void {
  publishPromotion(stage, id, promotion(stage, id, 'bomb'));
}

function someTenants(stage: Stage, id: string): string[] {
  const { runtime } = promotion(stage, id);
  const known = tenantsOf(stage.world).filter((tenant) => tenant.runtime === runtime);
  const some = known.filter(({ tenant }) => stage.world.fate.chance(`${id} ${tenant}`, 0.5));
  return (some.length > 0 ? some : known.slice(0, 1)).map(({ tenant }) => tenant);
}
