import type { Simulation } from '../simulation.ts';

/** As `pincast replay` would: published again under its first id and time. */
export function replayDeadLetters({ world }: Simulation, id: string): void {
  const letters = world.pubsub.deadLetters.splice(0);
  letters.forEach((letter, index) => {
    const originalPublishTime = new Date(letter.publishedAt).toISOString().replace('Z', '000000Z');
    const attributes = { originalMessageId: letter.messageId, originalPublishTime, ...letter.attributes };
    world.pubsub.publish(`${id}-replay${index}`, letter.topic, letter.data, attributes);
  });
}
