import type { FlagName } from '../options/flags.ts';
import type { LaunchRequest, WorkflowRequest } from './launch-request.ts';

/** A field of a request and its arguments. */
export type ArgumentGroup = { path: string; value: string; args: readonly string[] };

const FIELDS: Partial<Record<FlagName, string>> = {
  'environment-tar-url': 'environmentTarUrl',
  'environment-tar-digest': 'environmentTarDigest',
  'results-url': 'resultsUrl',
  'results-upload-url': 'resultsUploadUrl',
  'dangerously-skip-results-archive-upload': 'dangerouslySkipResultsArchiveUpload',
  'work-dir': 'workDir',
  'max-environment-bytes': 'maxEnvironmentBytes',
  timeout: 'timeoutSeconds',
  'results-env-var': 'resultsEnvVar',
  launch: 'launch',
  matchspec: 'workflow.matchspec',
  'workflow-run-id': 'workflow.workflowRunId',
  'config-json': 'workflow.config',
  'execution-mode': 'workflow.executionMode',
  'mock-io': 'workflow.mockIo',
  'no-mock-io': 'workflow.mockIo',
  'otel-exporter': 'workflow.otelExporter',
  'otel-console-exporter-dst': 'workflow.otelConsoleExporterDst',
};

/** The field of a request that a sandbox flag comes from; `command` for every other argument. */
export function fieldOf(flag: string): string {
  return FIELDS[flag.replace(/^--/, '') as FlagName] ?? 'command';
}

/** The request in the sandbox's own flags, the digest right after its URL, the command last. */
export function cliArguments(request: LaunchRequest): ArgumentGroup[] {
  return [
    ...valued('environment-tar-url', request.environmentTarUrl),
    ...valued('environment-tar-digest', request.environmentTarDigest),
    ...valued('results-url', request.resultsUrl),
    ...valued('results-upload-url', request.resultsUploadUrl),
    ...toggle('dangerously-skip-results-archive-upload', request.dangerouslySkipResultsArchiveUpload),
    ...valued('work-dir', request.workDir),
    ...valued('max-environment-bytes', request.maxEnvironmentBytes),
    ...valued('timeout', request.timeoutSeconds),
    ...valued('results-env-var', request.resultsEnvVar),
    ...valued('launch', request.launch),
    ...(request.workflow === undefined ? [] : workflowArguments(request.workflow)),
    ...(request.command === undefined ? [] : commandArguments(request.command)),
  ];
}

function workflowArguments(workflow: WorkflowRequest): ArgumentGroup[] {
  return [
    ...valued('matchspec', workflow.matchspec),
    ...valued('workflow-run-id', workflow.workflowRunId),
    ...valued('config-json', JSON.stringify(workflow.config)),
    ...valued('execution-mode', workflow.executionMode),
    ...toggle('mock-io', workflow.mockIo),
    ...toggle('no-mock-io', workflow.mockIo === false),
    ...valued('otel-exporter', workflow.otelExporter),
    ...valued('otel-console-exporter-dst', workflow.otelConsoleExporterDst),
  ];
}

function commandArguments(command: readonly string[]): ArgumentGroup[] {
  const groups = command.map((value, index) => ({ path: `command.${index}`, value, args: [value] }));
  return [{ path: 'command', value: '', args: ['--'] }, ...groups];
}

/** A value that begins with `--` follows `=`, because it would be read as the next flag otherwise. */
function valued(flag: FlagName, given: string | number | undefined): ArgumentGroup[] {
  if (given === undefined) return [];
  const value = String(given);
  const args = value.startsWith('--') ? [`--${flag}=${value}`] : [`--${flag}`, value];
  return [{ path: fieldOf(flag), value, args }];
}

function toggle(flag: FlagName, given: boolean | undefined): ArgumentGroup[] {
  return given ? [{ path: fieldOf(flag), value: '', args: [`--${flag}`] }] : [];
}
