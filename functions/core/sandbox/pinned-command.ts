import { REMOVED_BEFORE_START } from './environment-allow-list.ts';
import { PINNED_FLAGS } from './options/flags.ts';

export type PinnedCommand = Record<(typeof PINNED_FLAGS)[number], string> & {
  /** Absolute paths that start the entrypoint: Node, its flags, the program; in the image behind an init. */
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
 * The command of a pinned job.
 *
 * Attack: `jobs.run` can override a job's arguments and add variables, but not change its command. So the command holds
 * everything that selects the ledger: absolute paths, PATH, HOME, and the flags, with the pinned-mode flags last.
 */
export function pinnedCommand(options: PinnedCommand): string[] {
  const { init = [], node, nodeFlags = [], entrypoint, path, storageEndpoint, workloadUid } = options;
  return [
    ...init,
    '/usr/bin/env',
    ...REMOVED_BEFORE_START.flatMap((name) => ['-u', name]),
    `PATH=${path}`,
    // The Google client reads credentials under HOME, and they may name another endpoint.
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
