import { parseDigest } from '../../values/digest.ts';
import { parseIdentifier } from '../../values/identifier.ts';
import { collectIssue, InvalidValueError } from '../../values/issues.ts';
import { refusedVariables, WORKLOAD_PREFIX } from '../environment-allow-list.ts';
import { parseLocation } from '../location.ts';
import { PINNED_FLAGS } from './flags.ts';
import type { Env, OptionReader } from './reader.ts';
import type { DirectMode, LaunchClaims, PinnedMode, Task } from './types.ts';
import { parseBucket, parsePositive, parseText } from './values.ts';

export function isPinned(reader: OptionReader): boolean {
  return PINNED_FLAGS.some((flag) => reader.has(flag));
}

/** Pinned if any of its flags is given. Attack: a command that lost a flag must not run a caller's bytes. */
export function parseMode(reader: OptionReader, env: Env): PinnedMode | DirectMode | undefined {
  return isPinned(reader) ? parsePinned(reader, env) : parseDirect(reader);
}

function parsePinned(reader: OptionReader, env: Env): PinnedMode | undefined {
  checkVariables(reader, env);
  const why = 'is missing; pinned mode needs all of its flags';
  const tenant = reader.required('tenant', parseIdentifier, why);
  const runtime = reader.required('runtime', parseIdentifier, why);
  const pins = reader.required('pins', parseBucket, why);
  const assignments = reader.required('assignments', parseBucket, why);
  const receipts = reader.required('receipts', parseBucket, why);
  const claims = parseClaims(reader);
  const task = parseTask(reader, env);
  if (!tenant || !runtime || !pins || !assignments || !receipts || !task) return undefined;
  return { kind: 'pinned', tenant, runtime, pins, assignments, receipts, claims, task };
}

/** Refuses unlisted variables. The issue holds only their names, because a value may be a secret. */
function checkVariables({ issues }: OptionReader, env: Env): void {
  const names = refusedVariables(env).map((name) => JSON.stringify(name.slice(0, 100)));
  if (names.length === 0) return;
  const message =
    `a pinned run refuses the environment variables ${names.join(', ')}: they could redirect the entrypoint. Remove them ` +
    `from the job and from the run; a variable of the workload is given as ${WORKLOAD_PREFIX}NAME`;
  issues.push({ path: '', message });
}

function parseClaims(reader: OptionReader): LaunchClaims {
  return {
    launchId: reader.optional('launch-id', parseText) ?? null,
    revision: reader.optional('revision', parsePositive) ?? null,
    url: reader.optional('environment-tar-url', (text) => parseLocation(text).text) ?? null,
    digest: reader.optional('environment-tar-digest', parseDigest) ?? null,
  };
}

function parseTask(reader: OptionReader, env: Env): Task | undefined {
  const execution = collectIssue(reader.issues, 'CLOUD_RUN_EXECUTION', () =>
    parseExecution(env.CLOUD_RUN_EXECUTION ?? ''),
  );
  const index = collectIssue(reader.issues, 'CLOUD_RUN_TASK_INDEX', () => parseCount(env.CLOUD_RUN_TASK_INDEX));
  const attempt = collectIssue(reader.issues, 'CLOUD_RUN_TASK_ATTEMPT', () => parseCount(env.CLOUD_RUN_TASK_ATTEMPT));
  if (execution === undefined || index === undefined || attempt === undefined) return undefined;
  return { execution, index, attempt };
}

/** Attack: the name is part of the receipt's object name, and another form could reach another tenant's prefix. */
function parseExecution(text: string): string {
  if (/^[a-z][a-z0-9-]{0,127}$/.test(text)) return text;
  throw new InvalidValueError(
    text === ''
      ? 'is not set: pinned mode runs inside a Cloud Run job, because receipts are named for the execution'
      : `expected the name of an execution, got ${JSON.stringify(text.slice(0, 200))}`,
  );
}

function parseCount(text = '0'): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new InvalidValueError(`expected a number of at most 5 digits, got ${JSON.stringify(text.slice(0, 100))}`);
}

function parseDirect(reader: OptionReader): DirectMode | undefined {
  const url = reader.required('environment-tar-url', parseLocation, 'is required outside pinned mode');
  const digest = reader.required('environment-tar-digest', parseDigest, 'is required wherever a URL is given');
  return url && digest && { kind: 'direct', url, digest };
}
