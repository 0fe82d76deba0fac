import { clip } from './clip.ts';
import { InvalidValueError } from './issues.ts';

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hex digits. Only `parseDigest` and `digestOfHex` return one. */
export type Digest = string & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-fA-F]{64}$/;

/**
 * Parses a digest: the algorithm in lower case, the hex digits in either case.
 *
 * @throws InvalidValueError that names the text
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new InvalidValueError(`expected sha256: and 64 hex digits, got ${describe(text)}`);
  }
  return text.toLowerCase() as Digest;
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** @param hex 64 hex digits, as `hash.digest('hex')` returns them. */
export function digestOfHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

function describe(text: string): string {
  if (text === '') return 'an empty value';
  const [algorithm = '', digits] = text.split(':', 2);
  const quoted = JSON.stringify(clip(text, 100));
  if (digits === undefined) return quoted;
  if (algorithm !== 'sha256') return `the algorithm ${JSON.stringify(clip(algorithm, 100))} in ${quoted}`;
  return `${digits.length} characters after sha256: in ${quoted}`;
}
