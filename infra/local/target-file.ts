import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `.pincast/target.json`: how `pincast` in another terminal finds the running local cloud. */
export type Target = {
  formatVersion: 1;
  name: 'local';
  pid: number;
  env: Record<string, string>;
  provisioner: string;
  statusUrl: string;
};

export async function writeTarget(path: string, target: Target): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, `${JSON.stringify(target, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

export async function removeTarget(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** The pid of the running local cloud of this directory; undefined if there is none. */
export async function runningPid(path: string): Promise<number | undefined> {
  try {
    const { pid } = JSON.parse(await readFile(path, 'utf8')) as Target;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}
