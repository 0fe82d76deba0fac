import { REMOVED_BEFORE_START } from './environment-allow-list.ts';
import { PINNED_FLAGS } from './options/flags.ts';

export type PinnedCommand = Record<(typeof PINNED_FLAGS)[number], string> & {
  /** What starts the entrypoint, by absolute paths: Node, its flags, the program; in the image behind an init. */
  init?: readonly string[];
  node: string;
  nodeFlags?: readonly string[];
  entrypoint: string;
  /** Where the entrypoint finds `pixi-unpack`, and a workload its system's programs. */
  path: string;
  storageEndpoint?: string;
  workloadUid?: number;
};

/**
 * The command of a pinned job. `jobs.run` can override a job's arguments and add variables, and leaves the command alone,
 * so everything that decides which ledger is believed stands here: absolute paths, PATH and HOME, and the flags, of which
 * the last are the pinned-mode flags.
 */
export function pinnedCommand(options: PinnedCommand): string[] {
  const { init = [], node, nodeFlags = [], entrypoint, path, storageEndpoint, workloadUid } = options;
  return [
    ...init,
    '/usr/bin/env',
    ...REMOVED_BEFORE_START.flatMap((name) => ['-u', name]),
    `PATH=${path}`,
    // The Google client looks for credentials, and in them for another address of Google, under HOME.
    'HOME=/nonexistent',
    node,
    ...NODE_FLAGS,
    ...nodeFlags,
    entrypoint,
    ...(storageEndpoint === undefined ? [] : ['--storage-endpoint', storageEndpoint]),
    ...(workloadUid === undefined ? [] : ['--workload-uid', String(workloadUid)]),
    ...PINNED_FLAGS.flatMap((flag) => [`--${flag}`, options[flag]]),
  ];
}

/** Attack: Node opens its debugger, which runs any code in the entrypoint, at a signal that the workload can send. */
const NODE_FLAGS = ['--disable-sigusr1'] as const;
