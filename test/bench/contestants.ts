import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Corpus } from './corpus.ts';

/** One way to get from a tar to a folder. `folder` does not exist yet; the command may make files named like it. */
export type Contestant = { title: string; command: (corpus: Corpus, folder: string, url: string) => readonly string[] };

const here = import.meta.dirname;
const bundle = join(here, '../../dist/sandbox/pincast-sandbox.mjs');
export const entry = existsSync(bundle) ? bundle : join(here, '../../functions/sandbox.ts');
export const isBundled = existsSync(bundle);

/** Words reach the shell as arguments, never as its text. */
const shell = (script: string, ...words: string[]) => ['/bin/sh', '-ec', script, 'sh', ...words];

/** Made by the bench: the script below, without its types. */
export const verifyBundle = (folder: string) => join(folder, 'verify-and-unpack.mjs');
export const verifySource = join(here, 'verify-and-unpack.ts');

const verifyAndUnpack: Contestant = {
  title: 'verify + unpack, from a file',
  command: ({ path, digest }, folder) => [process.execPath, verifyBundle(dirname(path)), path, digest, folder],
};

const fileSandbox: Contestant = {
  title: 'whole pincast-sandbox, from a file',
  command: (corpus, folder) => sandbox(corpus, folder, `file://${corpus.path}`),
};

const httpSandbox: Contestant = {
  title: 'whole pincast-sandbox, over HTTP',
  command: (corpus, folder, url) => sandbox(corpus, folder, url),
};

const opensslTar: Contestant = {
  title: 'openssl dgst + GNU tar, from a file',
  command: ({ path, digest }, folder) =>
    shell(
      'test "$(openssl dgst -sha256 -r "$1" | cut -c1-64)" = "$2"; mkdir "$3"; tar xf "$1" -C "$3"',
      path,
      digest,
      folder,
    ),
};

const curlTar: Contestant = {
  title: 'curl -o && sha256sum -c && tar xf, over HTTP',
  command: ({ digest }, folder, url) =>
    shell(
      'curl -sfo "$3.tar" "$1" && echo "$2  $3.tar" | sha256sum --status -c && mkdir "$3" && tar xf "$3.tar" -C "$3"',
      url,
      digest,
      folder,
    ),
};

const npmTar: Contestant = {
  title: 'sha256 + npm tar, from a file',
  command: ({ path, digest }, folder) => [process.execPath, join(here, 'npm-tar.ts'), path, digest, folder],
};

/** The floor first: the others are told as ratios to it. npm's `tar` only where it is installed. */
export function contestants(): Contestant[] {
  return [opensslTar, verifyAndUnpack, fileSandbox, curlTar, httpSandbox, ...(isInstalled('tar') ? [npmTar] : [])];
}

/** A server that gives 100 MB/s to each connection, as Cloud Storage does. */
export const throttled: Contestant[] = [
  { title: 'curl, one connection', command: (_corpus, folder, url) => ['curl', '-sfo', `${folder}.tar`, url] },
  {
    title: 'whole pincast-sandbox, from gs://',
    command: (corpus, folder, url) => {
      const { origin } = new URL(url);
      const object = `gs://bench/${basename(corpus.path)}`;
      return [...sandbox(corpus, folder, object), '--storage-endpoint', origin];
    },
  },
];

function sandbox({ digest }: Corpus, folder: string, url: string): string[] {
  const given = ['--environment-tar-url', url, '--environment-tar-digest', `sha256:${digest}`];
  return [process.execPath, entry, ...given, '--work-dir', folder, '--launch', 'verify'];
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}
