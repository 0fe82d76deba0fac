import type { FlagName } from '../options/flags.ts';
import type { LaunchRequest } from './launch-request.ts';

/** A field of a request and its arguments. */
export type ArgumentGroup = { path: string; value: string; args: readonly string[] };

/** The flags of a launch, in order, and the field of a request that each comes from. */
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
  const flags = Object.entries(FIELDS).flatMap(([flag, path]) => flagArguments(flag, path, valueAt(request, path)));
  return [...flags, ...commandArguments(request.command)];
}

function valueAt(request: LaunchRequest, path: string): unknown {
  const [field = '', inner] = path.split('.');
  const value = (request as Record<string, unknown>)[field];
  return inner === undefined ? value : (value as Record<string, unknown> | undefined)?.[inner];
}

/** A value that begins with `--` follows `=`, because it would be read as the next flag otherwise. */
function flagArguments(flag: string, path: string, given: unknown): ArgumentGroup[] {
  if (typeof given === 'boolean') {
    return given === (flag !== 'no-mock-io') ? [{ path, value: '', args: [`--${flag}`] }] : [];
  }
  if (given === undefined) return [];
  const value = typeof given === 'object' ? JSON.stringify(given) : String(given);
  return [{ path, value, args: value.startsWith('--') ? [`--${flag}=${value}`] : [`--${flag}`, value] }];
}

function commandArguments(command: readonly string[] | undefined): ArgumentGroup[] {
  if (command === undefined) return [];
  const groups = command.map((value, index) => ({ path: `command.${index}`, value, args: [value] }));
  return [{ path: 'command', value: '', args: ['--'] }, ...groups];
}
