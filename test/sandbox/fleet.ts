import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FaultSwitch } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import type { Assignment } from '#functions/core/records/assignment.ts';
import { openGuard } from '#functions/core/records/guard.ts';
import type { LedgerEntry } from '#functions/core/records/ledger-entry.ts';
import { type Digest, digestOfHex } from '#functions/core/values/digest.ts';
import { storageClient } from '#functions/google/storage/client.ts';
import { pinnedAssignment, pinnedEntry } from '../fixtures/archives/pinned.ts';

export const ENTRY = join(import.meta.dirname, '../../functions/sandbox.ts');
const BUCKETS = ['pins', 'assignments', 'receipts', 'environments', 'results'].map((name) => `acme-${name}`);

export type Ran = { exitCode: number; stdout: string; stderr: string; error: Record<string, unknown> | undefined };

/** A tenant's cloud: the embedded Cloud Storage, filled through the real client, and the sandbox as a process. */
export class SandboxFleet {
  readonly storage: LocalStorage;
  readonly client: ReturnType<typeof storageClient>;

  private constructor(storage: LocalStorage) {
    this.storage = storage;
    this.client = storageClient(storage.endpoint, 'test');
  }

  static async start(faults?: FaultSwitch): Promise<SandboxFleet> {
    const fleet = new SandboxFleet(await startStorage(faults === undefined ? {} : { faults }));
    await Promise.all(BUCKETS.map((bucket) => fleet.client.createBucket(bucket)));
    await fleet.put('acme-assignments', 'guard.json', JSON.stringify(openGuard));
    return fleet;
  }

  /** Stores an environment and pins it for tenant `acme` of runtime `codex`. */
  async pin(
    tar: Buffer,
    overrides: { entry?: Partial<LedgerEntry>; assignment?: Partial<Assignment> } = {},
  ): Promise<{ digest: Digest }> {
    const digest = digestOf(tar);
    await this.put('acme-environments', 'codex/1.tar', tar);
    await this.put('acme-pins', 'codex/00000001.json', JSON.stringify({ ...pinnedEntry(digest), ...overrides.entry }));
    const assignment = { ...pinnedAssignment(digest), ...overrides.assignment };
    await this.put('acme-assignments', 'codex/acme.json', JSON.stringify(assignment));
    return { digest };
  }

  async put(
    bucket: string,
    object: string,
    body: string | Buffer,
    settings: Record<string, unknown> = {},
  ): Promise<void> {
    await this.client.bucket(bucket).file(object).save(body, { resumable: false, metadata: settings });
  }

  async read(bucket: string, object: string): Promise<string> {
    const [body] = await this.client.bucket(bucket).file(object).download({ validation: false });
    return body.toString();
  }

  /** The receipts by their kind, with what their metadata says. */
  async receipts(): Promise<Record<string, Record<string, unknown>>> {
    const [files] = await this.client.bucket('acme-receipts').getFiles();
    const read = files.map(async (file) => {
      const record = String(file.metadata.metadata?.record);
      return [/-([a-z]+)\.json$/.exec(file.name)?.[1] ?? file.name, JSON.parse(record)] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  /** The command of a pinned job, as infrastructure writes it. */
  pinnedFlags(): string[] {
    const { endpoint } = this.storage;
    const buckets = ['--pins', 'acme-pins', '--assignments', 'gs://acme-assignments', '--receipts', 'acme-receipts'];
    return ['--storage-endpoint', endpoint, '--tenant', 'acme', '--runtime', 'codex', ...buckets];
  }

  close(): Promise<void> {
    return this.storage.close();
  }
}

export function digestOf(bytes: Buffer): Digest {
  return digestOfHex(createHash('sha256').update(bytes).digest('hex'));
}

const TASK = { CLOUD_RUN_EXECUTION: 'acme-job-x1', CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_ATTEMPT: '0' };

/** Runs the entrypoint as Cloud Run would. */
export function runSandboxProcess(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  const base = { PATH: process.env.PATH ?? '', METADATA_SERVER_DETECTION: 'none' };
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args], { env: { ...base, ...TASK, ...env } }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : Number(error.code);
      resolve({ exitCode, stdout, stderr, error: errorOf(stderr) });
    });
  });
}

export function errorOf(stderr: string): Record<string, unknown> | undefined {
  const line = stderr.split('\n').findLast((candidate) => candidate.startsWith('{'));
  return line === undefined ? undefined : JSON.parse(line);
}
