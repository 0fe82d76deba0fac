import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CONTAINER_PATH } from '@pincast/emulators/run';
import { pinnedCommand } from '#functions/core/sandbox/pinned-command.ts';
import { sandboxJobId } from '../../contract/resource-names.ts';
import { layout } from '../layout.ts';
import { inRepository } from '../repository.ts';

export type SandboxJob = {
  name: string;
  command: string[];
  args: string[];
  serviceAccount: string;
};

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
  return `projects/${layout.project}/locations/${layout.region}/jobs/${sandboxJobId(runtime, tenant)}`;
}

/** Uses a flag, because a pinned run refuses NODE_COMPILE_CACHE as a variable that names code. */
function enableCompileCache(directory: string): string {
  const code = `import { enableCompileCache } from 'node:module'; enableCompileCache(${JSON.stringify(directory)});`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** The directory of a program in the user's PATH; in the cloud the image contains the program. */
function findInPath(program: string): string[] {
  const directories = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return directories.filter((directory) => existsSync(join(directory, program))).slice(0, 1);
}

export function serviceAccountOf(tenant: string): string {
  return `${tenant}@${layout.project}.iam.gserviceaccount.com`;
}
