/** One flag of the command line: its env twin, and whether it takes a value. */
export type Flag = { env: string | null; takesValue: boolean };

const text = (env: string | null): Flag => ({ env, takesValue: true });
const toggle = (env: string | null): Flag => ({ env, takesValue: false });

/**
 * Every flag. The pinned-mode flags have no env twin: `jobs.run` can override a job's environment, and whoever may only
 * execute a job must not be able to point it at another ledger (architecture, "The sandbox").
 */
export const FLAGS = {
  tenant: text(null),
  runtime: text(null),
  pins: text(null),
  assignments: text(null),
  receipts: text(null),
  'storage-endpoint': text(null),
  'environment-tar-url': text('ENVIRONMENT_TAR_URL'),
  'environment-tar-digest': text('ENVIRONMENT_TAR_DIGEST'),
  'launch-id': text('PINCAST_LAUNCH_ID'),
  revision: text('PINCAST_REVISION'),
  launch: text('PINCAST_LAUNCH'),
  'work-dir': text('PINCAST_WORK_DIR'),
  'max-environment-bytes': text('PINCAST_MAX_ENVIRONMENT_BYTES'),
  timeout: text('PINCAST_TIMEOUT'),
  'results-url': text('RESULTS_URL'),
  'results-upload-url': text('RESULTS_UPLOAD_URL'),
  'results-env-var': text('RESULTS_ENV_VAR'),
  'dangerously-skip-results-archive-upload': toggle('DANGEROUSLY_SKIP_RESULTS_ARCHIVE_UPLOAD'),
  matchspec: text('MATCHSPEC'),
  'workflow-run-id': text('WORKFLOW_RUN_ID'),
  'config-json': text('CONFIG_JSON'),
  'execution-mode': text('EXECUTION_MODE'),
  'mock-io': toggle('MOCK_IO'),
  'no-mock-io': toggle('NO_MOCK_IO'),
  'otel-exporter': text('OTEL_EXPORTER'),
  'otel-console-exporter-dst': text('OTEL_CONSOLE_EXPORTER_DST'),
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof FLAGS;

/** What makes a run pinned: all of them or none. */
export const PINNED_FLAGS = ['tenant', 'runtime', 'pins', 'assignments', 'receipts'] as const;

/** What only the job's command may say; a second one on the line comes from the arguments of a run. */
export const COMMAND_ONLY_FLAGS: ReadonlySet<string> = new Set([...PINNED_FLAGS, 'storage-endpoint']);

export function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}
