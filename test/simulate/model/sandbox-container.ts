import { createHash } from 'node:crypto';
import type { VerifiedArchive } from '../../../functions/core/archive/verified-archive.ts';
import { type Digest, digestOfHex } from '../../../functions/core/digest.ts';
import type { SandboxOptions } from '../../../functions/core/sandbox/options.ts';
import { parseOptions } from '../../../functions/core/sandbox/parse-options.ts';
import { SandboxError } from '../../../functions/core/sandbox/sandbox-error.ts';
import { runSandbox } from '../../../functions/flows/sandbox/run-sandbox.ts';
import { recordStore } from '../../../functions/google/sandbox-storage.ts';
import type { ArchiveFile, CommandEnd, SandboxDeps, Source, Workspace } from '../../../functions/ports/sandbox.ts';
import { StoreFault } from '../../../functions/ports/sandbox.ts';
import type { Job, ModelExecution, TaskEnd } from './cloud-run.ts';
import { buckets } from './names.ts';
import { modelStorage, type Permissions } from './storage-client.ts';
import { Wire } from './wire.ts';
import type { World } from './world.ts';

/** What the workload of one attempt is about to run: for those who watch. */
export type WorkloadStart = {
  process: string;
  execution: ModelExecution;
  launchId: string | null;
  /** Of the bytes that were unpacked. */
  digest: Digest | null;
};

/** One attempt: the real entrypoint's flow, from its command line on, over the modelled cloud. */
export function runContainer(world: World, job: Job, execution: ModelExecution, attempt: number): Promise<TaskEnd> {
  const process = `${execution.name.slice(execution.name.lastIndexOf('/') + 1)}/${attempt}`;
  return new Promise((resolve) => {
    const interruption = new AbortController();
    const wire = new Wire(process, world.network, () => resolve({ exitCode: null, signal: 9 }));
    execution.stop = (signal) => {
      if (signal === 15) interruption.abort('SIGTERM');
      world.timeline.after(signal === 15 ? 10_000 : 0, () => wire.kill());
    };
    if (job.isForeign) {
      world.timeline.after(world.fate.between(`${process} foreign`, 500, 9_000), () =>
        resolve({ exitCode: 0, signal: null }),
      );
      return;
    }
    const options = optionsOf(job, execution, attempt);
    world.timeline.after(TASK_TIMEOUT_MS, () => wire.kill());
    if (world.chaos.strikes(`${process} crash`, 0.05)) {
      world.timeline.after(world.fate.between(`${process} crashes`, 0, 20_000), () => wire.kill());
    }
    runSandbox(options, depsOf(world, { job, execution, process, wire, interruption: interruption.signal })).then(
      (exitCode) => resolve({ exitCode, signal: null }),
    );
  });
}

const TASK_TIMEOUT_MS = 400_000;

function optionsOf(job: Job, execution: ModelExecution, attempt: number): SandboxOptions {
  const { pins, assignments, receipts } = buckets;
  const pinned = ['--tenant', job.tenant, '--runtime', job.runtime, '--pins', pins];
  const argv = [...pinned, '--assignments', assignments, '--receipts', receipts, '--', 'work'];
  const env = {
    ...execution.env,
    CLOUD_RUN_EXECUTION: execution.name.slice(execution.name.lastIndexOf('/') + 1),
    CLOUD_RUN_TASK_INDEX: '0',
    CLOUD_RUN_TASK_ATTEMPT: String(attempt),
  };
  return parseOptions(argv, env, '/');
}

type Run = { job: Job; execution: ModelExecution; process: string; wire: Wire; interruption: AbortSignal };

class MemoryFile implements ArchiveFile {
  text = '';
  write(chunk: Uint8Array, position: number): void {
    this.text = this.text.slice(0, position) + Buffer.from(chunk).toString();
  }
  reached(): void {}
  restart(): void {
    this.text = '';
  }
  async digest(): Promise<Digest> {
    return digestOfText(this.text);
  }
}

function digestOfText(text: string): Digest {
  return digestOfHex(createHash('sha256').update(text).digest('hex'));
}

function depsOf(world: World, run: Run): SandboxDeps<MemoryFile> {
  const { timeline, fate } = world;
  const storage = modelStorage(world.buckets, run.wire, permissionsOf(run.job));
  const unpacked: { digest: Digest | null } = { digest: null };
  const nowhere = () => Promise.reject(new SandboxError('INTERNAL', 'nothing is archived here'));
  return {
    records: recordStore(storage),
    openSource: async (location) => {
      if (location.kind !== 'gs') throw new SandboxError('INTERNAL', `unexpected ${location.text}`);
      return environmentSource(world, run, location.object);
    },
    workspace: workspaceOf(world, run, unpacked),
    runCommand: () => work(world, run, unpacked.digest),
    results: { prepare: () => undefined, archive: nowhere },
    openUpload: nowhere,
    now: () => new Date(timeline.now),
    elapsed: () => timeline.now,
    sleep: (milliseconds) => timeline.sleep(milliseconds),
    random: () => fate.draw(`${run.process} jitter ${timeline.now}`),
    interruption: run.interruption,
    say: () => undefined,
    complain: () => undefined,
    version: 'simulated',
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

function environmentSource(world: World, { process, wire }: Run, object: string): Source {
  const stored = () => {
    const found = world.buckets.get(buckets.environments, object);
    if (found === undefined) throw new StoreFault('missing', `${object} is not there`);
    return found;
  };
  const request = <T>(method: string, effect: () => T) =>
    wire
      .request('storage', method, `${buckets.environments}/${object}`, () => attempt(effect))
      .then(unwrap, unavailable);
  return {
    stat: () =>
      request('objects.get', () => {
        const { generation, body, contentEncoding } = stored();
        return { generation, bytes: body.length, contentEncoding };
      }),
    read: async ({ generation }, { start }, sink) => {
      const body = await request('objects.media', () => {
        const found = stored();
        if (found.generation !== generation) throw new StoreFault('missing', `generation ${generation} is gone`);
        return found.body;
      });
      await world.timeline.sleep(world.fate.between(`${process} transfer`, 50, 2_000));
      const isCorrupt = world.chaos.strikes(`${process} corrupt`, 0.03);
      sink.begin(start);
      sink.take(Buffer.from((isCorrupt ? body.replace(/^./, '?') : body).slice(start)));
    },
  };
}

/** The model's servers answer with values; a store's own faults travel as such. */
function attempt<T>(effect: () => T): T | StoreFault {
  try {
    return effect();
  } catch (error) {
    if (error instanceof StoreFault) return error;
    throw error;
  }
}

function unwrap<T>(answer: T | StoreFault): T {
  if (answer instanceof StoreFault) throw answer;
  return answer;
}

function unavailable(error: unknown): never {
  throw new StoreFault('unavailable', String(error));
}

function workspaceOf(world: World, run: Run, unpacked: { digest: Digest | null }): Workspace<MemoryFile> {
  return {
    open: () => new MemoryFile(),
    unpack: async ({ file }: VerifiedArchive<MemoryFile>) => {
      await world.timeline.sleep(world.fate.between(`${run.process} unpack`, 50, 1_500));
      if (file.text.includes('bomb')) throw new SandboxError('ARCHIVE_REFUSED', 'the archive is a bomb');
      unpacked.digest = digestOfText(file.text);
      world.watch.unpacked(run.process, unpacked.digest);
    },
    reveal: () => undefined,
    conceal: () => {
      unpacked.digest = null;
    },
    discard: () => undefined,
  };
}

function work(world: World, run: Run, digest: Digest | null): Promise<CommandEnd> {
  const { process, execution, interruption, wire } = run;
  if (wire.isDead) return new Promise(() => undefined);
  world.watch.workloadStarts({ process, execution, launchId: execution.env.PINCAST_LAUNCH_ID ?? null, digest });
  const isLong = world.fate.chance(`${process} long`, 0.1);
  const duration = world.fate.between(`${process} work`, 500, isLong ? 300_000 : 20_000);
  const exitCode = world.fate.chance(`${process} exit`, 0.1) ? 3 : 0;
  return new Promise((resolve) => {
    world.timeline.after(duration, () => resolve({ exitCode, signal: null, timedOut: false }));
    interruption.addEventListener('abort', () => resolve({ exitCode: null, signal: 'SIGTERM', timedOut: false }));
  });
}
