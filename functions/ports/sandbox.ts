import type { Isolation } from '../core/records/receipt.ts';
import type { VerifiedArchive } from '../core/sandbox/archive/verified-archive.ts';
import type { Location } from '../core/sandbox/location.ts';
import type { Digest } from '../core/values/digest.ts';

/**
 * A store did not give what was asked of it. `missing`: the object is not there, or may not be read, which a tenant
 * without list permission cannot tell apart; `unavailable`: no answer, after all retries; `refused`: any other answer.
 */
export class StorageError extends Error {
  override readonly name = 'StoreFault';
  readonly kind: 'missing' | 'unavailable' | 'refused';
  constructor(kind: StorageError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** `presumed`: the name is taken, and an attempt of this very call, whose answer was lost, may be what took it. */
export type Created = 'created' | 'taken' | 'presumed';

/** The ledger's and the receipts' buckets. Every method throws `StoreFault`. */
export interface RecordStore {
  read(bucket: string, object: string): Promise<string>;
  create(bucket: string, object: string, body: string, metadata: Readonly<Record<string, string>>): Promise<Created>;
}

/** What is known of an environment before it is fetched. `bytes` null: the server does not say. */
export type SourceStat = { generation: string | null; bytes: number | null; contentEncoding: string | null };

/** Takes what a source gives. A chunk is only good until the call returns: its memory is used again. */
export interface ByteSink {
  /** Comes first: where the bytes begin, which is where they were asked for, or 0. */
  begin(start: number): void;
  take(chunk: Uint8Array): void;
}

/** From `start` up to, and without, `end`; null: to the object's end. */
export type AskedRange = { start: number; end: number | null };

/** One environment. Both methods throw `StoreFault`; a connection that breaks throws what broke it. */
export interface Source {
  /** Present and true: any range can be read, over several connections at once. */
  readonly givesRanges?: boolean;
  stat(): Promise<SourceStat>;
  /** Resolves when the range was taken. @param stat what was seen: the same generation is read. */
  read(stat: SourceStat, range: AskedRange, sink: ByteSink): Promise<void>;
}

export type OpenSource = (location: Location) => Promise<Source>;

/**
 * The file that an environment is downloaded to. It has no name and its bytes are unpacked from the same descriptor.
 *
 * Limit: a process of the same user can still reach it through `/proc/<pid>/fd`; a container that runs one sandbox has no such
 * process. Hashing the bytes again while they are unpacked would show it and costs 17 % of verify and unpack, so it is left out.
 */
export interface ArchiveFile {
  write(chunk: Uint8Array, position: number): void;
  /** Everything before this byte was written: it can be hashed. */
  reached(length: number): void;
  /** Forgets everything that was written. */
  restart(): void;
  /** SHA-256 of what lies in the file, which is what will be unpacked. */
  digest(): Promise<Digest>;
}

export type UnpackLimits = { maxBytes: number };

/** The sandbox's directory. Every method throws `SandboxError`, and `unpack` also `ArchiveError`. */
export interface Workspace<File extends ArchiveFile> {
  /** Makes the private folder; afterwards `discard` must be called. */
  open(): File;
  unpack(archive: VerifiedArchive<File>, limits: UnpackLimits): Promise<void>;
  /** The unpacked folder gets its name: `<work-dir>/env`. */
  commit(): void;
  /** Takes `<work-dir>/env` away again. */
  rollback(): void;
  /** Removes whatever is private: the archive, the staging folder. Harmless a second time. */
  cleanup(): void;
}

/** How a command ended; exactly one of `exitCode` and `signal` is null. */
export type CommandEnd = { exitCode: number | null; signal: string | null; timedOut: boolean };

export type CommandOptions = { env: Readonly<Record<string, string>>; timeoutSeconds: number | null };

/** Runs the workload in the work dir with the environment's programs first in PATH. Throws `SandboxError`. */
export type RunCommand = (command: readonly string[], options: CommandOptions) => Promise<CommandEnd>;

/** The packed results, in a file without a name. */
export interface ResultsArchive {
  readonly bytes: number;
  /** From the first byte, each time it is called. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): void;
}

/** The folder that a workload writes to, as a `file://` URL. Both methods throw `SandboxError`. */
interface Results {
  prepare(url: string): void;
  /** @param receipt goes into the archive and says what produced it. */
  archive(url: string, receipt: string): Promise<ResultsArchive>;
}

/** One place to put results at. An attempt throws `StoreFault`. */
export interface ResultsUpload {
  put(archive: ResultsArchive): Promise<Created>;
}

export type OpenUpload = (location: Location) => Promise<ResultsUpload>;

export type SandboxDeps<File extends ArchiveFile> = {
  records: RecordStore;
  openSource: OpenSource;
  workspace: Workspace<File>;
  runCommand: RunCommand;
  results: Results;
  openUpload: OpenUpload;
  now: () => Date;
  /** Milliseconds on a clock that never goes back. */
  elapsed: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Aborts, with a signal's name, when the sandbox is told to stop. */
  shutdownSignal: AbortSignal;
  /** A line for people. */
  info: (line: string) => void;
  /** The error line. */
  reportError: (line: string) => void;
  version: string;
  /** What separates the workload from the entrypoint: a user of its own, or nothing. */
  isolation: Isolation;
};
