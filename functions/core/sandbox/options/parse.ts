import { resolve } from 'node:path';
import { collectIssue, describeIssues, type Issue, truncateIssues } from '../../values/issues.ts';
import { SandboxError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { parseCommand } from './parse-command.ts';
import { isPinned, parseMode } from './parse-mode.ts';
import { parseResults } from './parse-results.ts';
import { type Env, OptionReader } from './reader.ts';
import type { SandboxOptions, WorkloadUser } from './types.ts';
import { oneOf, parseAccountNumber, parseEndpoint, parsePositive, parseSeconds, parseWorkDir } from './values.ts';

const DEFAULT_WORK_DIR = '/workspace';
/** Cloud Run's file system is memory: the tar, the environment and the workload share at most 32 GiB. */
const DEFAULT_MAX_ENVIRONMENT_BYTES = 10 * 1024 ** 3;

/**
 * Parses flags and their environment variables.
 *
 * @param cwd the base of a relative work dir
 * @throws SandboxError USAGE with every issue at once
 */
export function parseOptions(argv: readonly string[], env: Env, cwd: string): SandboxOptions {
  const { flags, command, issues } = readArguments(argv);
  const reader = new OptionReader(flags, env, issues);
  const mode = parseMode(reader, env);
  const launch = reader.optional('launch', oneOf(['run', 'verify'])) ?? 'run';
  const options = {
    launch,
    taskCount: collectIssue(issues, 'CLOUD_RUN_TASK_COUNT', () => parsePositive(env.CLOUD_RUN_TASK_COUNT ?? '1')) ?? 1,
    workloadUser: workloadUserOf(reader),
    storageEndpoint: reader.optional('storage-endpoint', parseEndpoint) ?? null,
    workDir: workDirOf(reader, cwd),
    maxEnvironmentBytes: reader.optional('max-environment-bytes', parsePositive) ?? DEFAULT_MAX_ENVIRONMENT_BYTES,
    timeoutSeconds: reader.optional('timeout', parseSeconds) ?? null,
    results: resultsOf(reader, mode, launch),
    command: parseCommand(reader, command, launch),
  };
  if (mode === undefined || issues.length > 0) throw usageError(issues);
  return { mode, ...options };
}

/** Checks the absolute path, because the container's current directory is part of a relative one. */
function workDirOf(reader: OptionReader, cwd: string): string {
  return reader.optional('work-dir', (text) => parseWorkDir(text && resolve(cwd, text))) ?? DEFAULT_WORK_DIR;
}

function workloadUserOf(reader: OptionReader): WorkloadUser | null {
  const uid = reader.optional('workload-uid', parseAccountNumber);
  const gid = reader.optional('workload-gid', parseAccountNumber);
  if (gid !== undefined && !reader.has('workload-uid')) reader.addIssue('workload-gid', 'requires --workload-uid');
  return uid === undefined ? null : { uid, gid: gid ?? uid };
}

function resultsOf(reader: OptionReader, mode: SandboxOptions['mode'] | undefined, launch: 'run' | 'verify') {
  const optional = isPinned(reader) || launch === 'verify';
  return parseResults(reader, optional, mode?.kind === 'pinned' ? mode.task : undefined);
}

/** Cloud Logging takes at most 256 KiB a line. */
const SHOWN_ISSUES = { count: 50, text: 4_000 };

function usageError(issues: readonly Issue[]): SandboxError {
  const faults = truncateIssues(issues, SHOWN_ISSUES).map((issue) => describeIssues([issue]));
  return new SandboxError('USAGE', faults.join('; '), { faults });
}
