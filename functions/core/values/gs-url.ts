import { InvalidValueError } from './issues.ts';

export type ObjectLocation = { bucket: string; object: string };

const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

/**
 * Reads `gs://bucket/object`. The object name is taken as it stands (`%20` is three characters, as `gcloud storage` has it).
 *
 * @throws UsageFault
 */
export function parseGsUrl(text: string): ObjectLocation {
  const match = /^gs:\/\/([^/]+)\/(.+)$/s.exec(text);
  const [, bucket = '', object = ''] = match ?? [];
  if (!BUCKET.test(bucket) || object === '' || object.endsWith('/')) {
    throw new InvalidValueError(`expected gs://bucket/object, got ${JSON.stringify(text.slice(0, 200))}`);
  }
  // Cloud Storage has no such objects, and as part of an address the two name its parent.
  if (object === '.' || object === '..')
    throw new InvalidValueError(`expected the name of an object, got ${JSON.stringify(text)}`);
  if (Buffer.byteLength(object) > 1024 || hasControlCharacter(object)) {
    throw new InvalidValueError('an object name has at most 1024 bytes and no control characters');
  }
  return { bucket, object };
}

export function formatGsUrl({ bucket, object }: ObjectLocation): string {
  return `gs://${bucket}/${object}`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\u007f');
}
