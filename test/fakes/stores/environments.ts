import { createHash } from 'node:crypto';
import { type Digest, digestOfHex } from '#functions/core/values/digest.ts';
import { formatGsUrl } from '#functions/core/values/gs-url.ts';
import type { Environments } from '#functions/ports/environments.ts';
import type { Gate } from '../gate.ts';

export type StoredTar = { generation: string; bytes: string; contentEncoding: string | null };

/** The environments buckets; a tar is any text here. */
export class FakeTars {
  readonly #tars = new Map<string, StoredTar>();
  #generation = 0;
  /** The URL and generation of every download. */
  readonly hashed: string[] = [];

  /** Stores a tar, over what was there. */
  put(url: string, bytes: string, contentEncoding: string | null = null): { digest: Digest; generation: string } {
    const generation = String(++this.#generation);
    this.#tars.set(url, { generation, bytes, contentEncoding });
    return { digest: digestOfText(bytes), generation };
  }

  delete(url: string): void {
    this.#tars.delete(url);
  }

  get(url: string): StoredTar | undefined {
    return this.#tars.get(url);
  }
}

export function digestOfText(text: string): Digest {
  return digestOfHex(createHash('sha256').update(text).digest('hex'));
}

export function fakeEnvironments(tars: FakeTars, gate: Gate): Environments {
  return {
    stat: (location) =>
      gate('environments', 'stat', formatGsUrl(location), () => {
        const tar = tars.get(formatGsUrl(location));
        return tar && { ...tar, bytes: tar.bytes.length };
      }),
    hash: (location, generation, maxBytes) => {
      const url = formatGsUrl(location);
      return gate('environments', 'hash', url, () => {
        const tar = tars.get(url);
        if (tar?.generation !== generation) throw new Error(`there is no generation ${generation} of ${url}`);
        if (tar.bytes.length > maxBytes) throw new Error(`the object has more than ${maxBytes} bytes`);
        tars.hashed.push(`${url}#${generation}`);
        return digestOfText(tar.bytes);
      });
    },
  };
}
