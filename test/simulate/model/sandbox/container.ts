import { parseOptions } from '#functions/core/sandbox/options/parse.ts';
import type { SandboxOptions } from '#functions/core/sandbox/options/types.ts';
import { runSandbox } from '#functions/flows/sandbox/run.ts';
import type { Job, ModelExecution, TaskEnd } from '../cloud/cloud-run.ts';
import { Wire } from '../cloud/wire.ts';
import { buckets } from '../names.ts';
import { within } from '../processes/instances.ts';
import type { World } from '../world.ts';
import { buildDeps } from './deps.ts';

/** Longer than any workload takes, and than any entrypoint before it. */
const TASK_TIMEOUT_MS = 6_000_000;

/** One attempt: the real entrypoint's flow, from its command line on, over the modelled cloud. */
export function runContainer(world: World, job: Job, execution: ModelExecution, attempt: number): Promise<TaskEnd> {
  const process = `${shortOf(execution)}/${attempt}`;
  return new Promise((end) => {
    const resolve = (how: TaskEnd) => {
      world.watch.workloads.ends(process);
      end(how);
    };
    const interruption = new AbortController();
    const wire = new Wire({ process, instance: process }, world.network, () => resolve({ exitCode: null, signal: 9 }));
    execution.stop = (signal) => {
      if (signal === 15) interruption.abort('SIGTERM');
      world.timeline.after(signal === 15 ? 10_000 : 0, () => wire.kill());
    };
    if (execution.isForeign) {
      world.timeline.after(world.random.between(`${process} foreign`, 500, 90_000), () =>
        resolve({ exitCode: 0, signal: null }),
      );
      return;
    }
    const options = buildOptions(job, execution, attempt);
    killInTime(world, wire, process);
    const deps = buildDeps(world, { job, execution, process, wire, interruption: interruption.signal });
    within(wire, () => runSandbox(options, deps)).then((exitCode) => resolve({ exitCode, signal: null }));
  });
}

/** At the task's timeout, or where the process crashes before. */
function killInTime(world: World, wire: Wire, process: string): void {
  world.timeline.after(TASK_TIMEOUT_MS, () => wire.kill());
  if (world.faults.injects(`${process} crash`, 0.05)) {
    world.timeline.after(world.random.between(`${process} crashes`, 0, 20_000), () => wire.kill());
  }
}

function buildOptions(job: Job, execution: ModelExecution, attempt: number): SandboxOptions {
  const { pins, assignments, receipts } = buckets;
  const pinned = ['--tenant', job.tenant, '--runtime', job.runtime, '--pins', pins];
  const argv = [...pinned, '--assignments', assignments, '--receipts', receipts, '--', 'work'];
  const env = {
    ...execution.env,
    CLOUD_RUN_EXECUTION: shortOf(execution),
    CLOUD_RUN_TASK_INDEX: '0',
    CLOUD_RUN_TASK_ATTEMPT: String(attempt),
  };
  return parseOptions(argv, env, '/');
}

function shortOf({ name }: ModelExecution): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
