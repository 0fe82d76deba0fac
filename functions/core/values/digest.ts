import { InvalidValueError } from './issues.ts';

declare const digestBrand: unique symbol;

/** `sha256:` and 64 lower-case hex digits. Only `parseDigest` and `digestOfHex` make one. */
export type Digest = string & { readonly [digestBrand]: true };

const DIGEST = /^sha256:[0-9a-f]{64}$/i;
const ALGORITHM = /^sha256:/;

/**
 * Reads a digest as people write it: the algorithm in lower case, the hex digits in either case.
 *
 * @throws UsageFault that names what was got, for anything else.
 */
export function parseDigest(text: string): Digest {
  if (!ALGORITHM.test(text) || !DIGEST.test(text)) {
    throw new InvalidValueError(`expected sha256: and 64 hex digits, got ${describe(text)}`);
  }
  return text.toLowerCase() as Digest;
}

export function isDigest(text: string): boolean {
  return ALGORITHM.test(text) && DIGEST.test(text);
}

/** The digest of a hash that was computed here: 64 hex digits, as `hash.digest('hex')` gives them. */
export function digestOfHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

function describe(text: string): string {
  if (text === '') return 'an empty value';
  const [algorithm = '', digits] = text.split(':', 2);
  if (digits === undefined) return JSON.stringify(clip(text));
  if (algorithm !== 'sha256')
    return `the algorithm ${JSON.stringify(clip(algorithm))} in ${JSON.stringify(clip(text))}`;
  return `${digits.length} characters after sha256: in ${JSON.stringify(clip(text))}`;
}

function clip(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
