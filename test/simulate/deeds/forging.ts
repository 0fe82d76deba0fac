import type { Assignment } from '../../../functions/core/assignment.ts';
import { shortName } from '../../../functions/core/execution.ts';
import { names, type ReceiptName } from '../../../functions/core/object-names.ts';
import type { Receipt } from '../../../functions/core/receipt.ts';
import { FORMAT_VERSION } from '../../../functions/core/record.ts';
import type { ModelExecution } from '../model/cloud-run.ts';
import { buckets } from '../model/names.ts';
import { recordOf, type World } from '../model/world.ts';
import type { Stage } from './stage.ts';

/**
 * An older workload writes receipts for the newer pin, with all it can know: it may read its assignment, and it knows the
 * name of its own execution. Names that its entrypoint took are taken.
 */
export function forge({ world }: Stage, id: string): void {
  const { fate } = world;
  const older = [...world.watch.launches.everMade.values()].filter((one) => assignmentOf(world, one) !== undefined);
  if (older.length === 0) return;
  const own = fate.pick(`${id} execution`, older);
  const assignment = assignmentOf(world, own);
  if (assignment === undefined || own.createdAt > Date.parse(assignment.assignedAt)) return;
  write(world, id, own, assignment, shortName(own.name), fate.pick(`${id} attempt`, [0, 0, 1, 7]));
}

/** The same in the folder of a newer execution, whose name it could learn only from the assignment. */
export function squat({ world }: Stage, id: string): void {
  const named = [...world.watch.launches.everMade.values()].flatMap((one) => {
    const assignment = assignmentOf(world, one);
    return assignment?.execution === one.name ? [{ one, assignment }] : [];
  });
  if (named.length === 0) return;
  const { one, assignment } = world.fate.pick(`${id} execution`, named);
  write(world, id, one, assignment, shortName(one.name), world.fate.pick(`${id} attempt`, [0, 0, 1, 7]));
}

function write(
  world: World,
  id: string,
  { job }: ModelExecution,
  assignment: Assignment,
  execution: string,
  taskAttempt: number,
): void {
  const kind = world.fate.pick(`${id} kind`, ['adopted', 'refused', 'failed'] as const);
  const name: ReceiptName = { tenant: job.tenant, runtime: job.runtime, execution, taskIndex: 0, taskAttempt, kind };
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
    code: kind === 'adopted' ? null : 'FORGED',
    message: kind === 'adopted' ? null : 'this was forged',
    exitCode: null,
    signal: null,
    timings: {},
    entrypointVersion: 'forged',
    writtenAt: new Date(world.timeline.now).toISOString(),
  };
  world.watch.verdicts.forged.add(object);
  const text = JSON.stringify(receipt);
  world.buckets.put(buckets.receipts, object, text, '0', recordOf(text));
}

function assignmentOf(world: World, { job }: ModelExecution): Assignment | undefined {
  const stored = world.buckets.get(buckets.assignments, names.assignment(job.runtime, job.tenant));
  return stored && (JSON.parse(stored.body) as Assignment);
}
