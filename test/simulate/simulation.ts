import type { Published } from './model/cloud/pubsub.ts';
import type { World } from './model/world.ts';

/** One run of a scenario, and what its actions keep between them. */
export type Simulation = {
  world: World;
  runtimes: readonly string[];
  promotions: Published[];
  maxRetries: number;
  /** The original text of records that were corrupted by hand. */
  corrupted: Map<string, { bucket: string; name: string; body: string }>;
};

/** Performs an event of a scenario. The seed and the event's id decide what its name leaves open. */
export type Action = (simulation: Simulation, id: string) => void;
