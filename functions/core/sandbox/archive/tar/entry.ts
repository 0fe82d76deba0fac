/** What an archive may hold. Everything else (devices, FIFOs, sparse files, volumes, …) is refused by its header. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink';

/** One entry as the archive has it: nothing of it has been judged yet. */
export type TarEntry = {
  name: string;
  type: EntryType;
  /** Bytes of content that follow; 0 for everything but files. */
  size: number;
  /** Permission bits, without set-id and sticky. */
  mode: number;
  /** Seconds since 1970. */
  mtime: number;
  /** Where a link points; empty for everything else. */
  target: string;
};

/** Takes the entries in the archive's order: `entry`, then `content` as often as needed, then `close`. */
export interface EntrySink {
  entry(entry: TarEntry): void;
  content(chunk: Buffer, start: number, end: number): void;
  close(): void;
}
