/** A part of the sandbox image that no npm package brings. */
export type ImagePart = {
  name: string;
  version: string;
  license: string;
  /** Of the file, or of the base image's manifest. */
  sha256: string;
  purl: string;
};

const BASE = /^FROM (?:--\S+ )*(?<image>[^\s:]+):(?<tag>\S+)@sha256:(?<sha256>[0-9a-f]{64})$/m;
const DOWNLOAD =
  /^ADD .*--checksum=sha256:(?<sha256>[0-9a-f]{64}) \\\n\s+https:\/\/github\.com\/(?<repository>\S+?)\/releases\/download\/v(?<version>[^/]+)\/(?<file>\S+)/gm;

/** By the name of the GitHub repository. */
const LICENSES: Readonly<Record<string, string>> = { tini: 'MIT', 'pixi-pack': 'BSD-3-Clause' };

/**
 * The base image, its Node, and the downloaded programs, read from the Dockerfile's text.
 *
 * @throws Error if a line that adds something is not named by its digest, or its licence is unknown
 */
export function imageParts(dockerfile: string): ImagePart[] {
  const base = BASE.exec(dockerfile)?.groups;
  const downloads = [...dockerfile.matchAll(DOWNLOAD)].map(({ groups }) => groups ?? {});
  const added = dockerfile.match(/^(FROM|ADD) /gm)?.length ?? 0;
  if (base === undefined || downloads.length + 1 !== added)
    throw new Error(`the Dockerfile has ${added} lines of FROM and ADD; each must name its content by a sha256 digest`);
  return [...baseParts(base), ...downloads.map(downloadPart)];
}

function baseParts({ image = '', tag = '', sha256 = '' }: Record<string, string>): ImagePart[] {
  const version = tag.replace(/-.*$/, '');
  const purl = `pkg:docker/${image}@sha256%3A${sha256}`;
  return [
    { name: image, version: tag, license: 'MIT', sha256, purl },
    { name: 'Node.js', version, license: 'MIT', sha256, purl: `pkg:generic/node@${version}` },
  ];
}

function downloadPart({ repository = '', version = '', file = '', sha256 = '' }: Record<string, string>): ImagePart {
  const name = repository.replace(/^.*\//, '');
  const license = LICENSES[name];
  if (license === undefined) throw new Error(`the licence of ${repository} is unknown; add it to LICENSES`);
  const purl = `pkg:github/${repository.toLowerCase()}@v${version}#${file}`;
  return { name: file, version, license, sha256, purl };
}
