import type { DownloadDeps } from '#functions/flows/sandbox/download/retry.ts';
import type { ArchiveFile, AskedRange, ByteSink, Source, SourceStat } from '#functions/ports/sandbox.ts';
import { digestOf } from '../../sandbox/fleet.ts';

export class FakeFile implements ArchiveFile {
  bytes = Buffer.alloc(0);
  /** How far the hash could have come. */
  hashed = 0;
  write(chunk: Uint8Array, position: number): void {
    const longer = Buffer.alloc(Math.max(this.bytes.length, position + chunk.length));
    this.bytes.copy(longer);
    longer.set(chunk, position);
    this.bytes = longer;
  }
  reached(length: number): void {
    this.hashed = length;
  }
  restart(): void {
    this.bytes = Buffer.alloc(0);
  }
  async digest() {
    return digestOf(this.bytes);
  }
}

/** How one connection goes: how many bytes it brings, then how it ends; `from` where the server begins elsewhere. */
export type Connection = { brings?: number; error?: Error; refuses?: Error; from?: number };

/** A server of `content` whose connections go as planned; the one after the last brings everything. */
export class FakeSource implements Source {
  readonly asked: number[] = [];
  readonly #content: Buffer;
  readonly #connections: Connection[];
  readonly #stat: Partial<SourceStat>;

  constructor(content: Buffer, connections: Connection[] = [], stat: Partial<SourceStat> = {}) {
    this.#content = content;
    this.#connections = [...connections];
    this.#stat = stat;
  }

  async stat(): Promise<SourceStat> {
    return { generation: '7', bytes: this.#content.length, contentEncoding: null, ...this.#stat };
  }

  async read(_stat: SourceStat, { start: asked, end }: AskedRange, sink: ByteSink): Promise<void> {
    this.asked.push(asked);
    const { brings, error, refuses, from: start = asked } = this.#connections.shift() ?? {};
    if (refuses !== undefined) throw refuses;
    const last = Math.min(
      end ?? this.#content.length,
      brings === undefined ? Number.POSITIVE_INFINITY : start + brings,
    );
    const body = this.#content.subarray(start, last);
    sink.begin(start);
    for (let at = 0; at < body.length; at += 1_000) sink.take(body.subarray(at, at + 1_000));
    if (error !== undefined) throw error;
  }
}

/** A machine whose time passes only during sleeps. */
export function fakeMachine(): DownloadDeps & { slept: number[]; said: string[] } {
  const slept: number[] = [];
  const said: string[] = [];
  return {
    slept,
    said,
    sleep: async (milliseconds) => void slept.push(milliseconds),
    random: () => 1,
    elapsed: () => slept.reduce((sum, milliseconds) => sum + milliseconds, 0),
    info: (line) => void said.push(line),
  };
}
