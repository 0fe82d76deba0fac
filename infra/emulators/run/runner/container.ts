import { join, resolve } from 'node:path';
import { idOf } from '../model/names.ts';
import type { Container, ExecutionRecord } from '../model/records.ts';

/** What an image without a PATH of its own gets. */
export const CONTAINER_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export type AttemptPlace = { execution: ExecutionRecord; index: number; attempt: number };

/** A container gets only its own variables, none of this process's. */
export function containerEnv(
  environment: Readonly<Record<string, string>>,
  container: Container,
  { execution, index, attempt }: AttemptPlace,
): Record<string, string> {
  const own = (container.env ?? []).map(({ name, value }) => [name ?? '', value ?? ''] as const);
  return {
    PATH: CONTAINER_PATH,
    ...environment,
    ...Object.fromEntries(own),
    CLOUD_RUN_JOB: idOf(execution.job),
    CLOUD_RUN_EXECUTION: idOf(execution.name),
    CLOUD_RUN_TASK_INDEX: String(index),
    CLOUD_RUN_TASK_ATTEMPT: String(attempt),
    CLOUD_RUN_TASK_COUNT: String(execution.taskCount),
  };
}

/** The argv to execute; undefined without a command, because the image's entrypoint is unknown here. */
export function argvOf(container: Container): [string, ...string[]] | undefined {
  const [command, ...rest] = container.command ?? [];
  return command ? [command, ...rest, ...(container.args ?? [])] : undefined;
}

/** The working directory, which is always inside the attempt's folder: `..` ends at its root as in a container. */
export const workingDirectory = (folder: string, container: Container): string =>
  join(folder, resolve('/', container.workingDir ?? ''));
