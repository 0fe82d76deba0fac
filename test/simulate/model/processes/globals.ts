import type { SeededRandom } from '../random.ts';
import type { Timeline } from './timeline.ts';

/**
 * The retries below the adapters sleep with the global timer and jitter with the global random numbers: in a simulated run
 * both belong to the timeline and the seed. Only a process that does nothing else may call this.
 *
 * @param whose the simulated process that runs just now: the timers of one that is dead never fire.
 */
export function takeOverGlobals(
  timeline: Timeline,
  random: SeededRandom,
  whose: () => { isDead: boolean } | undefined,
): void {
  let draws = 0;
  Math.random = () => random.draw(`random ${++draws}`);
  const later = (happen: () => void, milliseconds = 0) => {
    const process = whose();
    const cancel = timeline.after(milliseconds, () => {
      if (!process?.isDead) happen();
    });
    return { unref: () => undefined, ref: () => undefined, cancel };
  };
  globalThis.setTimeout = later as unknown as typeof setTimeout;
  const cancel = (timer: { cancel?: () => void } | undefined) => timer?.cancel?.();
  globalThis.clearTimeout = cancel as typeof clearTimeout;
}
