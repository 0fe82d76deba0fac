import { InvalidValueError } from '../../values/issues.ts';
import type { FlagName } from './flags.ts';
import type { OptionReader } from './reader.ts';
import { oneOf, parseBoolean, parseText } from './values.ts';
import { parseConfig } from './workflow-config.ts';

const WORKFLOW_FLAGS = [
  'workflow-run-id',
  'config-json',
  'execution-mode',
  'mock-io',
  'no-mock-io',
  'otel-exporter',
  'otel-console-exporter-dst',
] as const satisfies readonly FlagName[];

/** The command to run: the arguments after `--`, or, with a matchspec, the command line of its workflow. */
export function parseCommand(reader: OptionReader, command: readonly string[], launch: 'run' | 'verify'): string[] {
  const isWorkflow = command.length > 0 ? reader.isFlagged('matchspec') : reader.has('matchspec');
  if (isWorkflow) return workflowCommand(reader, command);
  for (const flag of WORKFLOW_FLAGS) {
    if (reader.isFlagged(flag)) reader.addIssue(flag, 'is for a workflow: give --matchspec too');
  }
  if (launch === 'run' && (command[0] ?? '') === '') {
    reader.issues.push({ path: '', message: 'nothing to run: a command follows --, or --matchspec names a workflow' });
  }
  return [...command];
}

function workflowCommand(reader: OptionReader, command: readonly string[]): string[] {
  if (command.length > 0) reader.addIssue('matchspec', 'and a command after -- exclude each other');
  const name = reader.optional('matchspec', parsePackageName) ?? '';
  const config = reader.required('config-json', parseConfig, 'is required with --matchspec') ?? '';
  const mode = oneOf(['sequential', 'parallel', 'async']);
  const execution = reader.optional('execution-mode', mode) ?? 'sequential';
  const words = ['run', '--config-json', config, '--execution-mode', execution, mockIo(reader)];
  for (const flag of ['otel-exporter', 'otel-console-exporter-dst'] as const) {
    const value = reader.optional(flag, parseText);
    if (value !== undefined) words.push(`--${flag}`, value);
  }
  return [name, ...words];
}

function mockIo(reader: OptionReader): '--mock-io' | '--no-mock-io' {
  if (reader.isFlagged('mock-io') && reader.isFlagged('no-mock-io')) {
    reader.addIssue('mock-io', 'and --no-mock-io exclude each other');
  }
  if (reader.isFlagged('no-mock-io')) return '--no-mock-io';
  return reader.optional('mock-io', parseBoolean) ? '--mock-io' : '--no-mock-io';
}

/** The package of a conda matchspec: `channel/linux-64::name[version='>=1']`, `name>=1.2,<2`, `name 1.2 build`. */
function parsePackageName(text: string): string {
  const spec = (text.split('::').at(-1) ?? '').trim();
  const name = /^([A-Za-z0-9_][A-Za-z0-9_.-]*?)\s*(?:[\s=<>!~[,].*)?$/s.exec(spec)?.[1];
  if (name === undefined) {
    throw new InvalidValueError(
      `expected a matchspec that begins with a package's name, got ${JSON.stringify(text.slice(0, 200))}`,
    );
  }
  return name;
}
