import * as v from 'valibot';
import { type Issue, truncateIssues } from '../../values/issues.ts';
import { SandboxError } from '../errors.ts';
import { parseOptions } from '../options/parse.ts';
import { redact, redactUrl } from '../redact.ts';
import { type ArgumentGroup, cliArguments, fieldOf } from './arguments.ts';
import { type LaunchRequest, LaunchRequestError, launchRequestSchema } from './launch-request.ts';

/**
 * A field of the request that grants access to every reader of the arguments: a URL with user info, query or fragment, or a
 * token. `url` is the part that a log may hold: the URL without these; null for a command or a configuration.
 */
type ExposedSecret = { path: string; url: string | null };

export type LaunchPlan = { job: string; args: readonly string[]; exposures: readonly ExposedSecret[] };

/** Of one container (Cloud Run's quotas). */
const MAX_ARGS = 1_000;

/** The sandbox's arguments for the request. @throws LaunchRequestError with every issue at once */
export function planLaunch(request: LaunchRequest): LaunchPlan {
  const shape = shapeIssues(request);
  if (shape.some(({ path }) => path === '')) throw new LaunchRequestError(shape);
  const typed = withPlaceholders(request, shape);
  const parts = cliArguments(typed);
  const args = flattenArguments(parts);
  const known = new Set(shape.map(({ path }) => topOf(path)));
  const meaning = [...argumentIssues(parts), ...sandboxIssues(args)].filter(({ path }) => !known.has(topOf(path)));
  const issues = distinct([...shape, ...meaning].map(({ path, message }) => ({ path, message: redact(message) })));
  if (issues.length > 0) throw new LaunchRequestError(truncateIssues(issues));
  return { job: request.job, args, exposures: parts.flatMap(exposedSecrets) };
}

function shapeIssues(request: unknown): Issue[] {
  const { issues = [] } = v.safeParse(launchRequestSchema, request);
  return issues.map((issue) => ({ path: v.getDotPath(issue) ?? '', message: issue.message }));
}

/** `command.3` belongs to `command`; the fields of a workflow keep their own paths. */
function topOf(path: string): string {
  return path.replace(/\.\d+$/, '');
}

const PLACEHOLDERS: Record<string, unknown> = {
  environmentTarUrl: 'file:///stand-in',
  environmentTarDigest: `sha256:${'0'.repeat(64)}`,
  'workflow.matchspec': 'stand-in',
  'workflow.config': {},
  workflow: { matchspec: 'stand-in', config: {} },
  command: ['stand-in'],
};

/** Replaces fields of a wrong type by placeholders, so that the other fields are checked too. */
function withPlaceholders(request: LaunchRequest, shape: readonly Issue[]): LaunchRequest {
  const sound: Record<string, unknown> = { ...request };
  const workflow: Record<string, unknown> = { ...request.workflow };
  for (const path of shape.map((issue) => topOf(issue.path))) {
    if (path.startsWith('workflow.')) workflow[path.slice('workflow.'.length)] = PLACEHOLDERS[path];
    else sound[path] = PLACEHOLDERS[path];
  }
  const isSound = sound.workflow === request.workflow && request.workflow !== undefined;
  return { ...sound, ...(isSound && { workflow }) } as LaunchRequest;
}

/** Issues with text that a process cannot receive unchanged as an argument. */
function argumentIssues(parts: readonly ArgumentGroup[]): Issue[] {
  const issues = parts
    .filter(({ value }) => value.includes('\0') || !value.isWellFormed())
    .map(({ path }) => ({
      path,
      message: 'expected text that an argument can hold: no NUL, no half of a surrogate pair',
    }));
  const count = parts.reduce((sum, { args: words }) => sum + words.length, 0);
  if (count <= MAX_ARGS) return issues;
  return [...issues, { path: 'command', message: `makes ${count} arguments, Cloud Run takes at most ${MAX_ARGS}` }];
}

function distinct(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}

function flattenArguments(parts: readonly ArgumentGroup[]): string[] {
  return parts.flatMap(({ args: words }) => words);
}

/** Runs the sandbox's own parser without a job's environment, because a request must be complete by itself. */
function sandboxIssues(args: readonly string[]): Issue[] {
  try {
    parseOptions(args, {}, '/');
    return [];
  } catch (error) {
    if (!(error instanceof SandboxError) || !Array.isArray(error.evidence.faults)) throw error;
    return error.evidence.faults.map(parseIssue);
  }
}

function parseIssue(text: string): Issue {
  const [, flag = '', message = text] = /^(--[a-z-]+): (.*)$/s.exec(text) ?? [];
  return { path: fieldOf(flag), message };
}

function exposedSecrets({ path, value }: ArgumentGroup): ExposedSecret[] {
  const isUrl = URL.canParse(value);
  const shown = redact(isUrl ? redactUrl(value) : value);
  return shown === value ? [] : [{ path, url: isUrl ? shown : null }];
}
