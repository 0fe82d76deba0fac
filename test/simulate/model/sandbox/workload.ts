import type { Digest } from '#functions/core/values/digest.ts';
import type { CommandEnd } from '#functions/ports/sandbox.ts';
import type { ModelExecution } from '../cloud/cloud-run.ts';
import type { World } from '../world.ts';
import type { Run } from './run.ts';

/** What the workload of one attempt is about to run: for those who watch. */
export type WorkloadStart = {
  process: string;
  execution: ModelExecution;
  launchId: string | null;
  /** Of the bytes that were unpacked. */
  digest: Digest | null;
};

export function work(world: World, run: Run, digest: Digest | null): Promise<CommandEnd> {
  const { process, execution, interruption, wire } = run;
  if (wire.isDead) return new Promise(() => undefined);
  world.watch.workloadStarts({ process, execution, launchId: execution.env.PINCAST_LAUNCH_ID ?? null, digest });
  const { duration, exitCode } = workloadOf(world, process);
  return new Promise((resolve) => {
    world.timeline.after(duration, () => resolve({ exitCode, signal: null, timedOut: false }));
    interruption.addEventListener('abort', () => resolve({ exitCode: null, signal: 'SIGTERM', timedOut: false }));
  });
}

function workloadOf({ random, workSeconds, isSlow }: World, process: string): { duration: number; exitCode: number } {
  if (workSeconds !== undefined) return { duration: workSeconds * 1000, exitCode: 0 };
  const isLong = random.chance(`${process} long`, isSlow ? 0.4 : 0.1);
  const longest = isSlow ? 5_400_000 : 300_000;
  const duration = random.between(`${process} work`, 500, isLong ? longest : 20_000);
  return { duration, exitCode: random.chance(`${process} exit`, 0.1) ? 3 : 0 };
}
