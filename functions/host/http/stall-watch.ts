import type { ResultsArchive } from '../../ports/sandbox.ts';

/** The bytes of content that a peer must transfer in every window. */
export type Pace = { windowMs: number; windowBytes: number };

/** 1 KiB/s. Attack: a byte every 29 s, endless trailers or 1xx heads keep a connection open below the silence limit. */
export const PACE: Pace = { windowMs: 60_000, windowBytes: 64 * 1024 };

/** Reports a peer that transfers less content than the pace. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** @param onStall called after each window with too few bytes, also the first */
  constructor(onStall: (error: Error) => void, { windowMs, windowBytes }: Pace = PACE) {
    this.#timer = setInterval(() => {
      if (this.#bytes < windowBytes) {
        onStall(new Error(`got ${this.#bytes} bytes in ${windowMs / 1_000} s, expected at least ${windowBytes}`));
      }
      this.#bytes = 0;
    }, windowMs);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** The archive's chunks, counted. The next chunk is read when the server has accepted the earlier ones. */
export async function* counted(archive: ResultsArchive, watch: StallWatch): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive.chunks()) {
    watch.add(chunk.length);
    yield chunk;
  }
}
