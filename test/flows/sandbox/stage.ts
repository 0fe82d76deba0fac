import { openGuard } from '#functions/core/records/guard.ts';
import { VerifiedArchive } from '#functions/core/sandbox/archive/verified-archive.ts';
import { SandboxError } from '#functions/core/sandbox/errors.ts';
import { parseOptions } from '#functions/core/sandbox/options/parse.ts';
import { runSandbox } from '#functions/flows/sandbox/run.ts';
import {
  type CommandEnd,
  type Created,
  type ResultsUpload,
  type SandboxDeps,
  StorageError,
} from '#functions/ports/sandbox.ts';
import { pinnedAssignment, pinnedEntry } from '../../fixtures/archives/pinned.ts';
import { digestOf } from '../../sandbox/fleet.ts';
import { FakeFile, FakeSource, fakeMachine } from './fakes.ts';

const environment = Buffer.from('the environment');
export const digest = digestOf(environment);

/**
 * A tenant's whole world in memory. `happened` lists every effect in its order; tests change what is stored, or react to
 * an effect with `when`.
 */
export class Stage {
  readonly happened: string[] = [];
  readonly objects = new Map<string, unknown>([
    ['assignments/codex/acme.json', pinnedAssignment(digest)],
    ['assignments/guard.json', openGuard],
    ['pins/codex/00000001.json', pinnedEntry(digest)],
  ]);
  readonly receipts = new Map<string, Record<string, unknown>>();
  readonly errors: Record<string, unknown>[] = [];
  readonly interruption = new AbortController();
  stored = environment;
  end: CommandEnd = { exitCode: 0, signal: null, timedOut: false };
  created: Created = 'created';
  upload: ResultsUpload = { put: async () => 'created' };
  env: 'absent' | 'there' = 'absent';
  /** Has come while the process was blocked: it is heard when the event loop polls. */
  pendingSignal: string | undefined;
  #reactions = new Map<string, () => void>();

  /** Runs once, as soon as this effect has happened. */
  when(effect: string, reaction: () => void): this {
    this.#reactions.set(effect, reaction);
    return this;
  }

  run(args: string[] = [], env: Record<string, string> = { PINCAST_LAUNCH_ID: 'launch-1' }): Promise<number> {
    const buckets = ['--pins', 'pins', '--assignments', 'assignments', '--receipts', 'receipts'];
    const argv = ['--tenant', 'acme', '--runtime', 'codex', ...buckets, ...args, '--', 'work'];
    return runSandbox(parseOptions(argv, { CLOUD_RUN_EXECUTION: 'acme-x1', ...env }, '/'), this.#deps());
  }

  #note(effect: string): void {
    this.happened.push(effect);
    this.#reactions.get(effect)?.();
  }

  #deps(): SandboxDeps<FakeFile> {
    return {
      ...fakeMachine(),
      records: { read: async (bucket, object) => this.#read(`${bucket}/${object}`), create: this.#create },
      openSource: async () => {
        this.#note('source');
        return new FakeSource(this.stored);
      },
      workspace: {
        open: () => new FakeFile(),
        unpack: async (archive) => {
          if (!VerifiedArchive.is(archive)) throw new Error('unpacking what was not verified');
          this.#note('unpack');
        },
        commit: () => {
          this.env = 'there';
          this.#note('reveal');
        },
        rollback: () => {
          this.env = 'absent';
          this.#note('conceal');
        },
        cleanup: () => this.#note('discard'),
      },
      runCommand: async ([program]) => {
        this.#note(`run ${program}`);
        return this.end;
      },
      results: {
        prepare: () => this.#note('prepare results'),
        archive: async () => {
          this.#note('archive results');
          return { bytes: 1, chunks: async function* () {}, close: () => this.#note('close results') };
        },
      },
      openUpload: async () => this.upload,
      now: () => new Date('2026-11-20T12:00:00Z'),
      shutdownSignal: this.interruption.signal,
      reportError: (line) => void this.errors.push(JSON.parse(line)),
      version: '0.0.0',
      isolation: 'none',
      sleep: async () => {
        if (this.pendingSignal !== undefined) this.interruption.abort(this.pendingSignal);
      },
    };
  }

  #read(name: string): string {
    this.#note(`read ${name}`);
    const object = this.objects.get(name);
    if (object === undefined) throw new StorageError('missing', `${name} is not there`);
    if (object instanceof Error) throw object;
    return typeof object === 'string' ? object : JSON.stringify(object);
  }

  #create = async (bucket: string, object: string, body: string): Promise<Created> => {
    const kind = /-([a-z]+)\.json$/.exec(object)?.[1] ?? object;
    this.#note(`receipt ${kind}`);
    if (bucket !== 'receipts') throw new SandboxError('INTERNAL', 'a receipt belongs into its bucket');
    if (kind === 'adopted' && this.created !== 'created') return this.created;
    this.receipts.set(kind, JSON.parse(body));
    return 'created';
  };
}
