/** The accepted entry types. Devices, FIFOs, sparse files, volumes, … are refused by their headers. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink';

/** One entry as the archive has it, unchecked. */
export type TarEntry = {
  name: string;
  type: EntryType;
  /** Bytes of content that follow; 0 for everything but files. */
  size: number;
  /** Where the content begins in the tar, in bytes. */
  start: number;
  /** Permission bits, without set-id and sticky. */
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Where a link points; empty for everything else. */
  target: string;
};

/** Receives the entries in the archive's order: `entry`, then `content` as often as needed, then `close`. */
export interface EntrySink {
  /** @returns false if the sink does not take the content; `content` and `close` are not called then. */
  entry(entry: TarEntry): boolean;
  content(chunk: Buffer, start: number, end: number): void;
  close(): void;
}
