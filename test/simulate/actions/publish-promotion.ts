import { topics } from '#functions/core/messages/topics.ts';
import { digestOf } from '../model/digest.ts';
import { buckets } from '../model/names.ts';
import type { Simulation } from '../simulation.ts';

export type Promotion = {
  runtime: string;
  environmentTarUrl: string;
  environmentTarDigest: string;
  rollout: { maxFailures: number };
};

/** Of one of three tars of some runtime, as it is stored now; it is uploaded where it is not. */
export function promotion(
  { world, runtimes }: Simulation,
  id: string,
  body = 'tar',
  runtime = world.random.pick(`${id} runtime`, runtimes),
): Promotion {
  const object = `${runtime}/${world.random.pick(`${id} tar`, ['1', '2', '3'])}${body === 'tar' ? '' : body}.tar`;
  const stored =
    world.buckets.get(buckets.environments, object) ??
    world.buckets.put(buckets.environments, object, `${body} ${object}`);
  return {
    runtime,
    environmentTarUrl: `gs://${buckets.environments}/${object}`,
    environmentTarDigest: digestOf(stored.body),
    // Mostly more than there are tenants, so that one failure does not keep all else from happening.
    rollout: { maxFailures: world.random.pick(`${id} max failures`, [100, 100, 100, 1, 0]) },
  };
}

/**
 * @param delivery when it is delivered later than usual, and when once more, in milliseconds.
 */
export function publishPromotion(
  { world, promotions }: Simulation,
  id: string,
  event: object,
  delivery: { delay?: number; again?: number } = {},
): void {
  promotions.push(world.pubsub.publish(id, topics.pinPromoted, JSON.stringify(event), {}, delivery));
}
