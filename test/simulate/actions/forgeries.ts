import { names, type ReceiptName } from '#functions/core/records/object-names.ts';
import type { Receipt } from '#functions/core/records/receipt.ts';
import { executionId } from '#functions/core/values/execution.ts';
import { FORMAT_VERSION } from '#functions/core/values/schemas.ts';
import type { ModelExecution } from '../model/cloud/cloud-run.ts';
import { buckets } from '../model/names.ts';
import { readAssignment } from '../model/records.ts';
import { buildRecordMetadata, type World } from '../model/world.ts';
import type { Simulation } from '../simulation.ts';
import { jobOf, someTenant } from './tenants.ts';

const KINDS = ['adopted', 'refused', 'failed', 'finished'] as const;
const ATTEMPTS = [0, 0, 1, 7];

/**
 * An older workload writes receipts for the newer pin, with all it can know: it may read its assignment, and it knows the
 * name of its own execution. Names that its entrypoint took are taken.
 */
export function forge({ world }: Simulation, id: string): void {
  const older = [...world.watch.launches.everMade.values()].filter((one) => isOlder(world, one));
  if (older.length === 0) return;
  write(world, id, world.random.pick(`${id} execution`, older));
}

/** The same in the folder of a newer execution, whose name it could learn only from the assignment. */
export function squat({ world }: Simulation, id: string): void {
  const named = [...world.watch.launches.everMade.values()].filter(
    ({ name, job }) => readAssignment(world, job.runtime, job.tenant)?.execution === name,
  );
  if (named.length > 0) write(world, id, world.random.pick(`${id} execution`, named));
}

/** A job's workload says that it ended well, while it runs; how it ends is another matter. */
export function forgeEnd({ world }: Simulation, id: string): void {
  const running = [...world.run.executions.values()].filter((one) => world.run.isRunning(one));
  if (running.length > 0) write(world, id, world.random.pick(`${id} execution`, running), 'finished');
}

/**
 * The tenant runs its job with an entrypoint of its own, which leaves no receipt, waits until its assignment is moved, and
 * then claims to have adopted the newer pin.
 */
export function impersonate(simulation: Simulation, id: string): void {
  const { world } = simulation;
  const [runtime, tenant] = someTenant(simulation, id);
  const job = world.run.jobs.get(jobOf(world, runtime, tenant));
  if (job === undefined) return;
  try {
    const own = world.run.run(job.name, {}, true);
    const wait = (left: number) => {
      if (isOlder(world, own)) write(world, id, own, 'adopted', 0);
      else if (left > 0) world.timeline.after(2_000, () => wait(left - 1));
    };
    wait(100);
  } catch {
    world.note('the console is told that the quota is exhausted');
  }
}

/** Its tenant has been moved since it was made. */
function isOlder(world: World, { job, createdAt }: ModelExecution): boolean {
  const assignment = readAssignment(world, job.runtime, job.tenant);
  return assignment !== undefined && createdAt < world.watch.verdicts.movedAt(assignment);
}

function write(
  world: World,
  id: string,
  { job, name: execution }: ModelExecution,
  kind: ReceiptName['kind'] = world.random.pick(`${id} kind`, KINDS),
  taskAttempt = world.random.pick(`${id} attempt`, ATTEMPTS),
): void {
  const { runtime, tenant } = job;
  const assignment = readAssignment(world, runtime, tenant);
  if (assignment === undefined) return;
  const isGood = kind === 'adopted' || kind === 'finished';
  const name: ReceiptName = { tenant, runtime, execution: executionId(execution), taskIndex: 0, taskAttempt, kind };
  const object = names.receipt(name);
  if (world.buckets.get(buckets.receipts, object) !== undefined) return;
  const receipt: Receipt = {
    formatVersion: FORMAT_VERSION,
    ...name,
    revision: assignment.revision,
    launchId: assignment.launchId,
    launch: 'run',
    expectedDigest: assignment.digest,
    digest: assignment.digest,
    environmentTarUrl: null,
    environmentGeneration: null,
    bytes: 1,
    code: isGood ? null : world.random.pick(`${id} code`, ['FORGED', 'DIGEST_MISMATCH']),
    message: isGood ? null : 'this was forged',
    exitCode: kind === 'finished' ? world.random.pick(`${id} exit`, [0, 0, 1]) : null,
    signal: null,
    timings: {},
    entrypointVersion: 'forged',
    writtenAt: new Date(world.timeline.now).toISOString(),
  };
  world.watch.verdicts.forged.add(object);
  const text = JSON.stringify(receipt);
  world.buckets.put(buckets.receipts, object, text, '0', buildRecordMetadata(text));
}
