import { formatGsUrl } from '../../core/values/gs-url.ts';
import type { EnvironmentUploads } from '../../ports/environments.ts';
import { readUnchanged } from '../file-digest.ts';
import type { OutputOptions } from '../session/command.ts';
import type { Session } from '../session/session.ts';
import type { LocalFile } from './parse.ts';

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
