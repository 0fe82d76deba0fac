import { InvalidValueError } from '../../values/issues.ts';
import { type Location, parseLocation } from '../location.ts';
import { quoteRedacted } from '../redact.ts';
import type { OptionReader } from './reader.ts';
import type { ResultsOptions, Task } from './types.ts';
import { parseBoolean, parseEnvName } from './values.ts';

const DEFAULT_RESULTS_URL = 'file:///results';
const DEFAULT_ENV_VAR = 'WT_RESULTS';

/**
 * Requires an upload URL or the flag that skips the upload, because results are lost with the container otherwise.
 *
 * @param optional true for pinned jobs, whose workload may have no results
 * @param task names the archive if the upload URL ends with `/`
 */
export function parseResults(reader: OptionReader, optional: boolean, task: Task | undefined): ResultsOptions {
  const url = reader.optional('results-url', parseResultsUrl);
  const envVar = reader.optional('results-env-var', parseEnvName) ?? DEFAULT_ENV_VAR;
  const upload = reader.optional('results-upload-url', (text) => parseUpload(text, task)) ?? null;
  const skip = reader.optional('dangerously-skip-results-archive-upload', parseBoolean) ?? false;
  if (skip) checkSkip(reader, url);
  else if (!reader.has('results-upload-url') && !optional) {
    reader.addIssue('results-upload-url', 'is required, unless --dangerously-skip-results-archive-upload is given');
  }
  if (upload !== null && url !== undefined && !url.startsWith('file://')) {
    reader.addIssue('results-url', 'must be a file:// URL: what is uploaded is the directory that it names');
  }
  return { url: url ?? DEFAULT_RESULTS_URL, envVar, upload };
}

/** Accepts any scheme, because the workload reads the URL; a `file:` URL must be valid here. */
function parseResultsUrl(text: string): string {
  if (text.startsWith('file:')) return parseLocation(text).text;
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/.test(text)) {
    throw new InvalidValueError(`expected a URL, got ${quoteRedacted(text)}`);
  }
  return text;
}

/** A URL that ends with `/` gets a name per task, because a pinned job's flags are the same for every run. */
function parseUpload(text: string, task: Task | undefined): Location {
  if (!text.endsWith('/') || task === undefined) return parseLocation(text);
  return parseLocation(`${text}${task.execution}-${task.index}-${task.attempt}.tar.gz`);
}

function checkSkip(reader: OptionReader, url: string | undefined): void {
  const flag = 'dangerously-skip-results-archive-upload';
  if (reader.has('results-upload-url')) reader.addIssue(flag, 'and --results-upload-url exclude each other');
  if (url === DEFAULT_RESULTS_URL || !reader.has('results-url')) {
    reader.addIssue(flag, `requires a --results-url that is not the default ${DEFAULT_RESULTS_URL}`);
  }
}
