import type { Digest } from '../../core/values/digest.ts';
import { formatGsUrl, type ObjectLocation } from '../../core/values/gs-url.ts';
import type { EnvironmentUploads } from '../../ports/environments.ts';
import { type FileDigest, readUnchanged } from '../file-digest.ts';
import type { OutputOptions, Session } from '../session.ts';

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

/** A local tar, uploaded before the promotion is published. */
export type LocalFile = { path: string; digest: FileDigest; object: EnvironmentObject };

/** Uploads a local tar. An existing object of this name is accepted, because the preflight hashes it. */
export async function uploadEnvironment(
  { path, digest, object }: LocalFile,
  uploads: EnvironmentUploads,
  options: OutputOptions,
  { err }: Session,
): Promise<void> {
  const read = () => readUnchanged(path, digest);
  const created = await uploads.create({ ...object, md5: digest.md5, read });
  if (options.json || options.quiet) return;
  const how = created === 'exists' ? 'exists already' : `uploaded, ${digest.bytes} bytes`;
  err.write(`${formatGsUrl(object.location)} (${how})\n`);
}
