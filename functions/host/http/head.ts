/** A response without its body. Names are in lower case; the last of repeated headers is kept. */
export type HttpHead = { status: number; headers: ReadonlyMap<string, string> };

const MAX_HEAD_BYTES = 64 * 1024;
const END = Buffer.from('\r\n\r\n');

/** Collects the head of an HTTP/1.1 response (RFC 9112) from the pieces that arrive. */
export class HeadReader {
  #bytes = Buffer.alloc(0);

  /** @returns the head and the index in `chunk` where the body begins; undefined while it is incomplete. @throws Error */
  read(chunk: Buffer): { head: HttpHead; bodyAt: number } | undefined {
    const before = this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf(END);
    const length = end === -1 ? this.#bytes.length : end;
    if (length > MAX_HEAD_BYTES) throw new Error(`the head of a response has more than ${MAX_HEAD_BYTES} bytes`);
    if (end === -1) return undefined;
    const head = parseHead(this.#bytes.toString('latin1', 0, end));
    this.#bytes = Buffer.alloc(0);
    return { head, bodyAt: end + END.length - before };
  }
}

/** Attack: a control character in a header could forge a log line. Tabs are allowed. */
const CONTROL = /[^\P{Cc}\t]/u;

function parseHead(text: string): HttpHead {
  const [first = '', ...lines] = text.split('\r\n');
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error(`expected an HTTP response, got ${JSON.stringify(first.slice(0, 100))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1 || CONTROL.test(line))
      throw new Error(`expected a header, got ${JSON.stringify(line.slice(0, 100))}`);
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}
