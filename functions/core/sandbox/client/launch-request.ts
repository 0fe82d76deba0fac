import * as v from 'valibot';
import { describeIssues, type Issue } from '../../values/issues.ts';

/** Runs a workflow instead of a command: `<name of the matchspec> run --config-json … --execution-mode …`. */
export type WorkflowRequest = {
  matchspec: string;
  workflowRunId?: string;
  /** Passed on as JSON. */
  config: object;
  /** Default: `sequential`. */
  executionMode?: 'sequential' | 'parallel' | 'async';
  mockIo?: boolean;
  otelExporter?: string;
  otelConsoleExporterDst?: string;
};

/** One run of a sandbox job in direct mode: the sandbox's own flags, under the names that a program gives them. */
export type LaunchRequest = {
  /** `projects/P/locations/R/jobs/J` */
  job: string;
  /** `gs://`, `https://`, `http://` or `file://`, as the sandbox sees it. */
  environmentTarUrl: string;
  /** `sha256:` and 64 hex digits. */
  environmentTarDigest: string;
  /** Default: `file:///results`. */
  resultsUrl?: string;
  /** Required unless the upload is skipped or `launch` is `verify`. */
  resultsUploadUrl?: string;
  /** Needs a `resultsUrl` other than the default, because those results are lost with the container. */
  dangerouslySkipResultsArchiveUpload?: boolean;
  workDir?: string;
  /** Of the tar, and of what it unpacks to. */
  maxEnvironmentBytes?: number;
  timeoutSeconds?: number;
  resultsEnvVar?: string;
  launch?: 'run' | 'verify';
  /** Either a workflow or a command. */
  workflow?: WorkflowRequest;
  command?: readonly string[];
};

/** Attack: the region becomes part of the host that receives credentials, so its form is checked. */
const JOB =
  /^projects\/[a-z0-9][a-z0-9.:-]{0,98}\/locations\/[a-z][a-z0-9-]{0,62}\/jobs\/[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const EXECUTION_ID = /^[a-z]([a-z0-9-]{0,126}[a-z0-9])?$/;
export const EXECUTION_FORM = 'expected projects/P/locations/R/jobs/J/executions/E';

export function isExecutionName(name: string): boolean {
  const [job = '', id = '', ...rest] = name.split('/executions/');
  return rest.length === 0 && JOB.test(job) && EXECUTION_ID.test(id);
}

const text = v.string();
const flag = v.boolean();

function isJsonObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  try {
    return JSON.stringify(value)?.startsWith('{') ?? false;
  } catch {
    return false;
  }
}

/**
 * Checks types, for programs in JavaScript, and refuses unknown names, because a misspelt option would be ignored
 * otherwise. The sandbox's own parser checks the values.
 */
export const launchRequestSchema = v.strictObject({
  job: v.pipe(
    text,
    v.regex(JOB, ({ received }) => `expected projects/P/locations/R/jobs/J, got ${received.slice(0, 200)}`),
  ),
  environmentTarUrl: text,
  environmentTarDigest: text,
  resultsUrl: v.optional(text),
  resultsUploadUrl: v.optional(text),
  dangerouslySkipResultsArchiveUpload: v.optional(flag),
  workDir: v.optional(text),
  maxEnvironmentBytes: v.optional(v.number()),
  timeoutSeconds: v.optional(v.number()),
  resultsEnvVar: v.optional(text),
  launch: v.optional(text),
  workflow: v.optional(
    v.strictObject({
      matchspec: text,
      workflowRunId: v.optional(text),
      config: v.custom(isJsonObject, 'expected an object that JSON can say'),
      executionMode: v.optional(text),
      mockIo: v.optional(flag),
      otelExporter: v.optional(text),
      otelConsoleExporterDst: v.optional(text),
    }),
  ),
  command: v.optional(v.array(text)),
});

/** The request is invalid and nothing was called; `faults` names every issue. */
export class LaunchRequestError extends Error {
  override readonly name = 'LaunchRequestError';
  readonly code = 'USAGE';
  readonly faults: readonly Issue[];

  constructor(faults: readonly Issue[]) {
    super(describeIssues(faults));
    this.faults = faults;
  }
}
