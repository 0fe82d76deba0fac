import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CONTAINER_PATH } from '@pincast/emulators/run';
import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';
import { layout } from '../layout.ts';
import { inRepository } from '../repository.ts';

export type SandboxJob = {
  name: string;
  command: string[];
  args: string[];
  serviceAccount: string;
};

const MAX_JOB_ID = 49;

export type SandboxJobOptions = {
  runtime: string;
  tenant: string;
  storageEndpoint: string;
  /** Where Node keeps the entrypoint's compiled code. */
  compileCache: string;
  workload: readonly string[];
};

/** The Cloud Run job of a tenant's sandbox. Pinned mode is part of its command, which a launch cannot override. */
export function sandboxJob({
  runtime,
  tenant,
  storageEndpoint,
  compileCache,
  workload,
}: SandboxJobOptions): SandboxJob {
  const { pins, assignments, receipts } = layout.buckets;
  return {
    name: sandboxJobName(runtime, tenant),
    command: pinnedCommand({
      node: process.execPath,
      nodeFlags: ['--import', enableCompileCache(compileCache)],
      entrypoint: inRepository('functions/sandbox.ts'),
      path: [CONTAINER_PATH, ...findInPath('pixi-unpack')].join(delimiter),
      storageEndpoint,
      tenant,
      runtime,
      pins,
      assignments,
      receipts,
    }),
    args: ['--work-dir', 'workspace', '--', ...workload],
    serviceAccount: serviceAccountOf(tenant),
  };
}

export function sandboxJobName(runtime: string, tenant: string): string {
  return `projects/${layout.project}/locations/${layout.region}/jobs/${shorten(`${runtime}-${tenant}`)}`;
}

/** Uses a flag, because a pinned run refuses NODE_COMPILE_CACHE as a variable that names code. */
function enableCompileCache(folder: string): string {
  const code = `import { enableCompileCache } from 'node:module'; enableCompileCache(${JSON.stringify(folder)});`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** The directory of a program in the user's PATH; in the cloud the image contains the program. */
function findInPath(program: string): string[] {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.filter((folder) => existsSync(join(folder, program))).slice(0, 1);
}

export function serviceAccountOf(tenant: string): string {
  return `${tenant}@${layout.project}.iam.gserviceaccount.com`;
}

/** A job's name has at most 49 characters; a longer one keeps its beginning and stays unique. */
function shorten(name: string): string {
  if (name.length <= MAX_JOB_ID) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, MAX_JOB_ID - 9)}-${hash}`;
}
