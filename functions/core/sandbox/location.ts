import { fileURLToPath } from 'node:url';
import { type ObjectLocation, parseGsUrl } from '../values/gs-url.ts';
import { InvalidValueError } from '../values/issues.ts';
import { quoteRedacted } from './redact.ts';

/** Where bytes are read from or written to. `text` is the URL as given, for comparisons. */
export type Location =
  | ({ kind: 'gs'; text: string } & ObjectLocation)
  | { kind: 'http'; text: string; url: string }
  | { kind: 'file'; text: string; path: string };

/** Reads a `gs://`, `https://`, `http://` or `file://` URL. @throws InvalidValueError */
export function parseLocation(text: string): Location {
  const scheme = /^([a-z]+):\/\//.exec(text)?.[1];
  switch (scheme) {
    case 'gs':
      return { kind: 'gs', text, ...parseGsUrl(text) };
    case 'https':
    case 'http':
      return { kind: 'http', text, url: parseUrl(text).href };
    case 'file':
      return { kind: 'file', text, path: parseFileUrl(text) };
    default:
      throw new InvalidValueError(`expected a gs://, https://, http:// or file:// URL, got ${quoteRedacted(text)}`);
  }
}

function parseFileUrl(text: string): string {
  try {
    return fileURLToPath(parseUrl(text), { windows: false });
  } catch (error) {
    if (error instanceof InvalidValueError) throw error;
    throw new InvalidValueError(`${quoteRedacted(text)} names no file on this machine: ${(error as Error).message}`);
  }
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new InvalidValueError(`${quoteRedacted(text)} is not a URL`);
  return url;
}
