import { closeSync, openSync, writeSync } from 'node:fs';

/** A log file with a limit in bytes; its last line says that the rest was dropped. */
export class CappedLog {
  readonly #fd: number;
  readonly #limit: number;
  #left: number;

  constructor(path: string, limit: number) {
    this.#fd = openSync(path, 'w', 0o600);
    this.#limit = limit;
    this.#left = limit;
  }

  write(chunk: Buffer): void {
    if (this.#left < 0) return;
    this.#append(chunk.subarray(0, this.#left));
    this.#left -= chunk.length;
    if (this.#left < 0)
      this.#append(Buffer.from(`\n[the log is full: what follows its first ${this.#limit} bytes was dropped]\n`));
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** A full disk loses output, as a full log does, and must not end the server. */
  #append(bytes: Buffer): void {
    try {
      writeSync(this.#fd, bytes);
    } catch {
      this.#left = -1;
    }
  }
}
