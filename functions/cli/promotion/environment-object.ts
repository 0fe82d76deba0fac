import type { Digest } from '../../core/values/digest.ts';
import type { ObjectLocation } from '../../core/values/gs-url.ts';

const CONTENT_TYPES = {
  '.tar': 'application/x-tar',
  '.tar.gz': 'application/gzip',
  '.tar.zst': 'application/zstd',
} as const;

type Ending = keyof typeof CONTENT_TYPES;

export type EnvironmentObject = { location: ObjectLocation; contentType: string };

/** The object that a local tar is uploaded to. Its name is the digest, so equal bytes are stored once and never replaced. */
export function environmentObject(
  bucket: string,
  runtime: string,
  digest: Digest,
  fileName: string,
): EnvironmentObject {
  const ending = endingOf(fileName.toLowerCase());
  const object = `${runtime}/${digest.slice('sha256:'.length)}${ending}`;
  return { location: { bucket, object }, contentType: CONTENT_TYPES[ending] };
}

function endingOf(fileName: string): Ending {
  if (fileName.endsWith('.tar.gz') || fileName.endsWith('.tgz')) return '.tar.gz';
  return fileName.endsWith('.tar.zst') ? '.tar.zst' : '.tar';
}
