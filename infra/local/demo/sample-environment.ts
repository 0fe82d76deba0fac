import { buildTar } from './build-tar.ts';

/** The sample's workload: a shell program that reads a file of the unpacked environment. */
const GREET = `#!/bin/sh
set -eu
release=$(cat "$PINCAST_ENVIRONMENT/share/release")
echo "$1 is at your service, release $release"
`;

/** A small environment tar with the program `bin/greet`. Each release has its own digest. */
export function sampleEnvironment(release: string): Buffer {
  return buildTar([
    { path: 'bin/greet', mode: 0o755, content: GREET },
    { path: 'share/release', mode: 0o644, content: `${release}\n` },
    { path: 'share/README', mode: 0o644, content: 'A sample environment for Pincast.\n'.repeat(64) },
  ]);
}

/** Flips one bit in the middle. */
export function withFlippedByte(bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes);
  const middle = Math.floor(flipped.length / 2);
  flipped[middle] = (flipped[middle] ?? 0) ^ 1;
  return flipped;
}
