import { createHash } from 'node:crypto';
import { usageError } from '#functions/cli/errors.ts';
import { digestFile, readUnchanged } from '#functions/cli/file-digest.ts';
import { findArchiveError } from '#functions/cli/promotion/inspect-archive.ts';
import { environmentObject } from '#functions/cli/promotion/upload.ts';
import { type Digest, digestOfHex } from '#functions/core/values/digest.ts';
import type { EnvironmentUpload } from '#functions/ports/environments.ts';
import { layout } from '../layout.ts';
import { buildTar } from './build-tar.ts';

/** A tar to promote. */
export type Sample = { digest: Digest; upload: EnvironmentUpload };

/** Reads the tar to promote: the given file, or a new release of the sample. @throws CliError if it is not an archive. */
export async function readSample(environment: string | null): Promise<Sample> {
  if (environment === null) return buildSample(new Date().toISOString());
  const digest = await digestFile(environment);
  const refusal = await findArchiveError(environment);
  if (refusal !== undefined) throw usageError(`${environment}: ${refusal}`);
  const read = () => readUnchanged(environment, digest);
  return { digest: digest.digest, upload: { ...objectOf(digest.digest, environment), md5: digest.md5, read } };
}

/** A second environment with constant bytes, so that the README can name its digest. */
export function nextSample(): Sample {
  const { digest, upload } = buildSample('next');
  return { digest, upload: { ...upload, location: { ...upload.location, object: `${layout.runtime}/next.tar` } } };
}

/** The sample's workload: a shell program that reads a file of the unpacked environment. */
const GREET = `#!/bin/sh
set -eu
release=$(cat "$PINCAST_ENVIRONMENT/share/release")
echo "$1 is at your service, release $release"
`;

/** A small environment with the program `bin/greet`. Each release has its own digest. */
function buildSample(release: string): Sample {
  const bytes = buildTar([
    { path: 'bin/greet', mode: 0o755, content: GREET },
    { path: 'share/release', mode: 0o644, content: `${release}\n` },
    { path: 'share/README', mode: 0o644, content: 'A sample environment for Pincast.\n'.repeat(64) },
  ]);
  const digest = digestOfHex(createHash('sha256').update(bytes).digest('hex'));
  const md5 = createHash('md5').update(bytes).digest('base64');
  const read = async function* () {
    yield bytes;
  };
  return { digest, upload: { ...objectOf(digest, 'sample.tar'), md5, read } };
}

function objectOf(digest: Digest, fileName: string) {
  return environmentObject(layout.buckets.environments, layout.runtime, digest, fileName);
}

const TENANTS = [
  ...['acme', 'globex', 'initech', 'umbrella', 'hooli', 'soylent'],
  ...['stark', 'wayne', 'wonka', 'cyberdyne', 'tyrell', 'aperture'],
];

/** The names of `count` tenants: well-known ones first, then numbered ones. */
export function sampleTenants(count: number): string[] {
  return Array.from({ length: count }, (_, index) => TENANTS[index] ?? `tenant-${String(index + 1).padStart(4, '0')}`);
}
