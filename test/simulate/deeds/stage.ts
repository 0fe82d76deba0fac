import type { Published } from '../model/pubsub.ts';
import type { World } from '../model/world.ts';

/** One run of a scenario, and what its operators remember. */
export type Stage = {
  world: World;
  runtimes: readonly string[];
  promotions: Published[];
  maxRetries: number;
  /** Records that somebody has spoiled, as they were. */
  spoiled: Map<string, { bucket: string; name: string; body: string }>;
};

/** Something that somebody does; whatever it leaves open is decided by the seed and the event's id. */
export type Act = (stage: Stage, id: string) => void;
