import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { endMarker, header, padding } from '../fixtures/archives/tar.ts';
import { Random } from '../fuzz/random.ts';

export type Corpus = { title: string; path: string; bytes: number; digest: string };

const MEBIBYTE = 1024 * 1024;

/** A conda environment's shape: 213 packages of 100 files, around 14 kB each, some of 500 kB. */
export function smallFiles(folder: string, packages = 213): Corpus {
  const random = new Random(1);
  const noise = buildNoise(MEBIBYTE);
  return writeTar(`${packages * 100} small files`, join(folder, 'small.tar'), function* () {
    for (let index = 0; index < packages * 100; index++) {
      const name = `lib/python3.13/site-packages/package_${Math.floor(index / 100)}/core/module_${index}.py`;
      const length = Math.min(500_000, Math.floor(-Math.log(1 - random.next()) * 14_000));
      yield { name, pieces: [noise.subarray(0, length)] };
    }
  });
}

export function oneFile(folder: string, mebibytes: number): Corpus {
  const noise = buildNoise(MEBIBYTE);
  return writeTar(`one file of ${mebibytes} MiB`, join(folder, `one-${mebibytes}.tar`), function* () {
    yield { name: 'model.bin', pieces: Array.from({ length: mebibytes }, () => noise) };
  });
}

type Content = { name: string; pieces: readonly Buffer[] };

function writeTar(title: string, path: string, contents: () => Generator<Content>): Corpus {
  const hash = createHash('sha256');
  const file = openSync(path, 'w');
  let bytes = 0;
  const write = (chunk: Buffer) => {
    hash.update(chunk);
    bytes += writeSync(file, chunk);
  };
  for (const { name, pieces } of contents()) {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    for (const chunk of [header({ name }, length), ...pieces, padding(length)]) write(chunk);
  }
  write(endMarker);
  closeSync(file);
  return { title, path, bytes, digest: hash.digest('hex') };
}

function buildNoise(length: number): Buffer {
  const random = new Random(7);
  const noise = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) noise.writeUInt32LE(Math.floor(random.next() * 2 ** 32), at);
  return noise;
}
