import type { ResultsArchive } from '../../ports/sandbox.ts';

/** What a peer must bring: so many bytes of content in every window of time. */
export type Pace = { windowMs: number; windowBytes: number };

/** 1 KiB/s: below it a connection only looks alive (a byte every 29 s, endless trailers or 1xx heads). */
export const PACE: Pace = { windowMs: 60_000, windowBytes: 64 * 1024 };

/** Notices a peer that is slower than its pace, whatever else it sends. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;

  /** @param onStall called in each window that brought too little, the first one included. */
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

/** A chunk is asked for when the server has taken those before it. */
export async function* counted(archive: ResultsArchive, watch: StallWatch): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive.chunks()) {
    watch.add(chunk.length);
    yield chunk;
  }
}
