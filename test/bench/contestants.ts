import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Corpus } from './corpus.ts';

/** One way to get from a tar to a folder. `folder` does not exist yet; the command may make files named like it. */
export type Contestant = { title: string; command: (corpus: Corpus, folder: string, url: string) => readonly string[] };

const here = import.meta.dirname;
const bundle = join(here, '../../dist/sandbox/pincast-sandbox.mjs');
export const entry = existsSync(bundle) ? bundle : join(here, '../../functions/sandbox.ts');
export const isBundled = existsSync(bundle);

/** Words reach the shell as arguments, never as its text. */
const shell = (script: string, ...words: string[]) => ['/bin/sh', '-ec', script, 'sh', ...words];

const fileSandbox: Contestant = {
  title: 'pincast-sandbox, from a file',
  command: (corpus, folder) => sandbox(corpus, folder, `file://${corpus.path}`),
};

const httpSandbox: Contestant = {
  title: 'pincast-sandbox, over HTTP',
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

/** The sandbox first: the others are told as ratios to it. npm's `tar` only where it is installed. */
export function contestants(): Contestant[] {
  return [fileSandbox, opensslTar, httpSandbox, curlTar, ...(isInstalled('tar') ? [npmTar] : [])];
}

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
