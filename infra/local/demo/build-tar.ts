import { endOfArchive, entryHeader, paddingOf } from '#functions/core/sandbox/archive/tar/writer.ts';

export type TarFile = { path: string; mode: number; content: string };

/** A tar of small regular files. */
export function buildTar(files: readonly TarFile[]): Buffer {
  const entries = files.flatMap(({ path, mode, content }) => {
    const bytes = Buffer.from(content);
    const entry = { name: path, type: 'file', size: bytes.length, mode, mtime: 0, target: '' } as const;
    return [entryHeader(entry), bytes, paddingOf(bytes.length)];
  });
  return Buffer.concat([...entries, endOfArchive]);
}
