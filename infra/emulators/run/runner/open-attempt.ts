import { milliseconds } from '../model/time.ts';
import type { AttemptFolders } from './attempt-folders.ts';
import type { AttemptEnd } from './attempt-outcome.ts';
import { ChildAttempt } from './child-attempt.ts';
import { argvOf, containerEnv } from './container.ts';
import type { Slot } from './task-queue.ts';

export type AttemptOptions = {
  folders: AttemptFolders;
  /** Variables that every container gets besides its own. */
  environment: Record<string, string>;
  /** From SIGTERM to SIGKILL. */
  graceMs: number;
};

export type OpenAttempt = { attempt: ChildAttempt; folder: string };

function open({ folders, environment, graceMs }: AttemptOptions, { execution, task }: Slot): OpenAttempt | AttemptEnd {
  const { record } = execution;
  const container = record.template.containers?.[0] ?? {};
  const argv = argvOf(container);
  if (!argv) return { kind: 'no-command' };
  const { folder, cwd } = folders.create(record.name, task.index, task.attempts, container);
  const attempt = new ChildAttempt({
    argv,
    env: containerEnv(environment, container, { execution: record, index: task.index, attempt: task.attempts }),
    workingDirectory: cwd,
    logPath: folders.logPath(record.name, task.index, task.attempts),
    timeoutMs: milliseconds(record.template.timeout ?? { seconds: 600 }),
    graceMs,
  });
  return { attempt, folder };
}

/** The task's next attempt; what prevents it (a full disk, no command) is that attempt's end, not the server's. */
export function openAttempt(options: AttemptOptions, slot: Slot): OpenAttempt | AttemptEnd {
  try {
    return open(options, slot);
  } catch (error) {
    return { kind: 'spawn-failed', message: error instanceof Error ? error.message : String(error) };
  }
}
