import { createHash, type Hash } from 'node:crypto';
import { invalid } from '../errors.ts';
import type { Hashes } from '../model/records.ts';
import { crc32c } from './crc32c.ts';

/** Both hashes that Cloud Storage keeps, computed as the bytes pass. */
export class RunningHashes {
  readonly #md5: Hash = createHash('md5');
  #crc = 0;

  update(bytes: Uint8Array): void {
    this.#md5.update(bytes);
    this.#crc = crc32c(bytes, this.#crc);
  }

  digest(): Hashes {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc);
    return { crc32c: crc.toString('base64'), md5Hash: this.#md5.copy().digest('base64') };
  }
}

/** What the caller said the bytes hash to; every value given must be right. */
export type Expected = { crc32c?: string | undefined; md5Hash?: string | undefined };

/** Reads `crc32c=…,md5=…`, the form of the X-Goog-Hash header. */
export function parseGoogHash(header: string | undefined): Expected {
  const expected: Expected = {};
  for (const part of header?.split(',') ?? []) {
    const [, kind, value] = /^\s*(crc32c|md5)=(\S+)\s*$/.exec(part) ?? [];
    if (kind === 'crc32c') expected.crc32c = value;
    if (kind === 'md5') expected.md5Hash = value;
  }
  return expected;
}

/** The X-Goog-Hash header of a download. */
export function googHash(hashes: Hashes): string {
  return `crc32c=${hashes.crc32c}${hashes.md5Hash ? `,md5=${hashes.md5Hash}` : ''}`;
}

/** Throws 400 when the caller's hash is not that of the bytes; the caller then stores nothing. */
export function checkHashes(expected: Expected, actual: Hashes): void {
  const pairs = [
    ['MD5 hash', expected.md5Hash, actual.md5Hash],
    ['CRC32C', expected.crc32c, actual.crc32c],
  ] as const;
  for (const [name, wanted, got] of pairs) {
    if (wanted === undefined || wanted === got) continue;
    throw invalid(`Provided ${name} "${wanted}" doesn't match calculated ${name} "${got}".`);
  }
}
