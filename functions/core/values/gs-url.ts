import { InvalidValueError } from './issues.ts';

export type ObjectLocation = { bucket: string; object: string };

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/**
 * Parses `gs://bucket/object`. The object name is not decoded: `%20` is three characters, as in `gcloud storage`.
 *
 * @throws InvalidValueError
 */
export function parseGsUrl(text: string): ObjectLocation {
  const match = /^gs:\/\/([^/]+)\/(.+)$/s.exec(text);
  const [, bucket = '', object = ''] = match ?? [];
  if (!BUCKET.test(bucket) || object === '' || object.endsWith('/')) {
    throw new InvalidValueError(`expected gs://bucket/object, got ${JSON.stringify(text.slice(0, 200))}`);
  }
  // Cloud Storage forbids both names, and in a URL path they would name the parent.
  if (object === '.' || object === '..')
    throw new InvalidValueError(`expected an object name, got ${JSON.stringify(text)}`);
  if (Buffer.byteLength(object) > 1024 || hasControlCharacter(object)) {
    throw new InvalidValueError(
      `expected an object name of at most 1024 bytes without control characters, got ${JSON.stringify(object.slice(0, 200))}`,
    );
  }
  return { bucket, object };
}

export function formatGsUrl({ bucket, object }: ObjectLocation): string {
  return `gs://${bucket}/${object}`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
