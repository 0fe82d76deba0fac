/** One flag of the command line: its env twin, whether it takes a value, and what `--help` says. */
export type Flag = { env: string | null; takesValue: boolean; about: string };

const text = (env: string | null, about: string): Flag => ({ env, takesValue: true, about });
const toggle = (env: string | null, about: string): Flag => ({ env, takesValue: false, about });

/**
 * Every flag. Attack: `jobs.run` can override a job's environment, so the pinned-mode flags have no variable: a caller with
 * only that permission must not select another ledger (architecture, "The sandbox").
 */
export const FLAGS = {
  tenant: text(null, 'pinned mode: the tenant whose assignment is run'),
  runtime: text(null, 'pinned mode: the runtime'),
  pins: text(null, 'pinned mode: the bucket of the ledger'),
  assignments: text(null, 'pinned mode: the bucket of the assignments'),
  receipts: text(null, 'pinned mode: the bucket of the receipts'),
  'storage-endpoint': text(null, 'another address of Cloud Storage; pinned mode: from the job’s command only'),
  'workload-uid': text(null, 'the user that owns the environment and runs the workload; needs root'),
  'workload-gid': text(null, 'its group; default: the number of --workload-uid'),
  'environment-tar-url': text('ENVIRONMENT_TAR_URL', 'gs://, https://, http:// or file://'),
  'environment-tar-digest': text('ENVIRONMENT_TAR_DIGEST', 'sha256: and 64 hex digits; required with a URL'),
  'launch-id': text('PINCAST_LAUNCH_ID', 'given by a launch'),
  revision: text('PINCAST_REVISION', 'given by a launch'),
  launch: text('PINCAST_LAUNCH', 'run, or verify: stop after the receipt; default: run'),
  'work-dir': text('PINCAST_WORK_DIR', 'where the environment is unpacked; default: /workspace'),
  'max-environment-bytes': text(
    'PINCAST_MAX_ENVIRONMENT_BYTES',
    'of the tar and of what it unpacks to; default: 10 GiB',
  ),
  timeout: text('PINCAST_TIMEOUT', 'seconds that the workload may take; default: no limit'),
  'results-url': text('RESULTS_URL', 'where the workload writes its results; default: file:///results'),
  'results-upload-url': text(
    'RESULTS_UPLOAD_URL',
    'where the archive of the results goes: gs://, signed https://, file://',
  ),
  'results-env-var': text(
    'RESULTS_ENV_VAR',
    'the variable that tells the workload its results URL; default: WT_RESULTS',
  ),
  'dangerously-skip-results-archive-upload': toggle(
    'DANGEROUSLY_SKIP_RESULTS_ARCHIVE_UPLOAD',
    'upload nothing; requires a --results-url',
  ),
  matchspec: text('MATCHSPEC', 'run the workflow of this conda package instead of a command'),
  'workflow-run-id': text('WORKFLOW_RUN_ID', 'the run’s name, for the workflow'),
  'config-json': text('CONFIG_JSON', 'the workflow’s configuration, JSON or YAML'),
  'execution-mode': text('EXECUTION_MODE', 'sequential, parallel or async; default: sequential'),
  'mock-io': toggle('MOCK_IO', 'the workflow simulates its IO'),
  'no-mock-io': toggle('NO_MOCK_IO', 'the workflow does its IO; the default'),
  'otel-exporter': text('OTEL_EXPORTER', 'passed on to the workflow'),
  'otel-console-exporter-dst': text('OTEL_CONSOLE_EXPORTER_DST', 'passed on to the workflow'),
  help: toggle(null, 'show this text'),
  version: toggle(null, 'show the version'),
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof FLAGS;

/** The flags of pinned mode: all of them or none. */
export const PINNED_FLAGS = ['tenant', 'runtime', 'pins', 'assignments', 'receipts'] as const;

/** Flags that only the job's command may give; a repeated one comes from a run's arguments. */
export const COMMAND_ONLY_FLAGS: ReadonlySet<string> = new Set([
  ...PINNED_FLAGS,
  'storage-endpoint',
  'workload-uid',
  'workload-gid',
]);

export function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name);
}
