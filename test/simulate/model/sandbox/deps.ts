import { SandboxError } from '#functions/core/sandbox/errors.ts';
import type { Digest } from '#functions/core/values/digest.ts';
import { recordStore } from '#functions/google/sandbox/storage.ts';
import type { SandboxDeps } from '#functions/ports/sandbox.ts';
import type { Job } from '../cloud/cloud-run.ts';
import { modelStorage, type Permissions } from '../cloud/storage-client.ts';
import { buckets } from '../names.ts';
import type { World } from '../world.ts';
import { environmentSource } from './environment-source.ts';
import { type MemoryFile, memoryWorkspace } from './memory-workspace.ts';
import type { Run } from './run.ts';
import { work } from './workload.ts';

/** What the entrypoint has of the modelled cloud. */
export function buildDeps(world: World, run: Run): SandboxDeps<MemoryFile> {
  const { timeline, random } = world;
  const storage = modelStorage(world.buckets, run.wire, permissionsOf(run.job));
  const unpacked: { digest: Digest | null } = { digest: null };
  const nowhere = () => Promise.reject(new SandboxError('INTERNAL', 'nothing is archived here'));
  return {
    records: recordStore(storage),
    openSource: async (location) => {
      if (location.kind !== 'gs') throw new SandboxError('INTERNAL', `unexpected ${location.text}`);
      return environmentSource(world, run, location.object);
    },
    workspace: memoryWorkspace(world, run, unpacked),
    runCommand: () => work(world, run, unpacked.digest),
    results: { prepare: () => undefined, archive: nowhere },
    openUpload: nowhere,
    now: world.clockOf(run.process).now,
    elapsed: () => timeline.now,
    sleep: (milliseconds) => timeline.sleep(milliseconds),
    random: () => random.draw(`${run.process} jitter ${timeline.now}`),
    shutdownSignal: run.interruption,
    info: () => undefined,
    reportError: () => undefined,
    version: 'simulated',
    isolation: 'none',
  };
}

/** Get in pins, assignments and its runtime's environments; create in its own folder of the receipts; list nothing. */
function permissionsOf({ runtime, tenant }: Job): Permissions {
  return {
    mayGet: (bucket, name) =>
      bucket === buckets.pins ||
      bucket === buckets.assignments ||
      (bucket === buckets.environments && name.startsWith(`${runtime}/`)),
    mayCreate: (bucket, name) => bucket === buckets.receipts && name.startsWith(`${tenant}/`),
    mayList: false,
  };
}
