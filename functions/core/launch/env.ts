import type { Assignment } from '../records/assignment.ts';

/**
 * The environment variables that a launch adds to the job's own. They only narrow what the sandbox may do: it reads its
 * assignment and ledger entry itself, and refuses to run where these disagree.
 */
export function launchEnv(assignment: Assignment, mode: 'run' | 'verify'): Record<string, string> {
  return {
    PINCAST_LAUNCH_ID: assignment.launchId ?? '',
    PINCAST_REVISION: String(assignment.revision),
    PINCAST_LAUNCH: mode,
    ENVIRONMENT_TAR_DIGEST: assignment.digest,
  };
}
