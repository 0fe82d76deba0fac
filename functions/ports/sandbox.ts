import type { Isolation } from '../core/records/receipt.ts';
import type { VerifiedArchive } from '../core/sandbox/archive/verified-archive.ts';
import type { Location } from '../core/sandbox/location.ts';
import type { Digest } from '../core/values/digest.ts';

/**
 * A storage operation failed. `missing`: the object does not exist or may not be read, which are the same answer without list
 * permission; `unavailable`: no answer after all retries; `refused`: any other answer.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly kind: 'missing' | 'unavailable' | 'refused';
  constructor(kind: StorageError['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** `presumed`: the name is taken, perhaps by an attempt of this call whose answer was lost. */
export type Created = 'created' | 'taken' | 'presumed';

/** The ledger's and the receipts' buckets. Every method throws `StorageError`. */
export interface RecordStore {
  read(bucket: string, object: string): Promise<string>;
  create(bucket: string, object: string, body: string, metadata: Readonly<Record<string, string>>): Promise<Created>;
}

/** Metadata of an environment before its download. `bytes` is null if the server does not report them. */
export type SourceStat = { generation: string | null; bytes: number | null; contentEncoding: string | null };

/** Receives a source's bytes. A chunk is valid until the call returns, because its buffer is reused. */
export interface ByteSink {
  /** Called first: the position of the first byte, the requested one or 0. */
  begin(start: number): void;
  take(chunk: Uint8Array): void;
}

/** From `start` up to `end`, exclusive; null: to the object's end. */
export type AskedRange = { start: number; end: number | null };

/** One environment. Both methods throw `StorageError`, or the connection's error. */
export interface Source {
  /** True if ranges can be read over several connections at once. */
  readonly givesRanges?: boolean;
  stat(): Promise<SourceStat>;
  /** Resolves when the sink has the range. @param stat selects the generation */
  read(stat: SourceStat, range: AskedRange, sink: ByteSink): Promise<void>;
}

export type OpenSource = (location: Location) => Promise<Source>;

/**
 * The file that an environment is downloaded to. It has no name, and its bytes are unpacked from the same descriptor.
 *
 * Limit: a process of the same user can reach it through `/proc/<pid>/fd`; a container that runs one sandbox has no such
 * process. A second hash during the unpacking would detect it, but costs 17 % of verify and unpack.
 */
export interface ArchiveFile {
  write(chunk: Uint8Array, position: number): void;
  /** All bytes before `length` are written and can be hashed. */
  reached(length: number): void;
  /** Discards all bytes. */
  restart(): void;
  /** SHA-256 of the file's bytes, which `unpack` reads. */
  digest(): Promise<Digest>;
}

export type UnpackLimits = { maxBytes: number };

/** The sandbox's directory. Every method throws `SandboxError`, and `unpack` also `ArchiveError`. */
export interface Workspace<File extends ArchiveFile> {
  /** Makes the private directory; `cleanup` must follow. */
  open(): File;
  unpack(archive: VerifiedArchive<File>, limits: UnpackLimits): Promise<void>;
  /** Renames the unpacked directory to `<work-dir>/env`. */
  commit(): void;
  /** Removes `<work-dir>/env`. */
  rollback(): void;
  /** Removes the archive and the staging directory. Idempotent. */
  cleanup(): void;
}

/** How a command ended; exactly one of `exitCode` and `signal` is null. */
export type CommandEnd = { exitCode: number | null; signal: string | null; timedOut: boolean };

export type CommandOptions = { env: Readonly<Record<string, string>>; timeoutSeconds: number | null };

/** Runs the workload in the work dir with the environment's programs first in PATH. Throws `SandboxError`. */
export type RunCommand = (command: readonly string[], options: CommandOptions) => Promise<CommandEnd>;

/** The packed results, in an unlinked file. */
export interface ResultsArchive {
  readonly bytes: number;
  /** Starts at the first byte with each call. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): void;
}

/** The directory that a workload writes to, as a `file://` URL. Both methods throw `SandboxError`. */
interface Results {
  prepare(url: string): void;
  /** @param receipt the archive's first entry, which names the pin and the execution */
  archive(url: string, receipt: string): Promise<ResultsArchive>;
}

/** A destination for results. `put` throws `StorageError`. */
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
  /** Milliseconds of a monotonic clock. */
  elapsed: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** 0 to 1, for jitter. */
  random: () => number;
  /** Aborts at a termination signal, with the signal's name as reason. */
  shutdownSignal: AbortSignal;
  /** Writes a progress line to stderr. */
  info: (line: string) => void;
  /** Writes the JSON error line. */
  reportError: (line: string) => void;
  version: string;
  /** `uid` if the workload has a user of its own. */
  isolation: Isolation;
};
