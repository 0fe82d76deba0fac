import { parseLocation } from './location.ts';
import type { OptionReader } from './option-reader.ts';
import type { ResultsOptions } from './options.ts';
import { parseBoolean, parseEnvName } from './parse-values.ts';

export const DEFAULT_RESULTS_URL = 'file:///results';
const DEFAULT_ENV_VAR = 'WT_RESULTS';

/**
 * An upload, or the declared wish to have none: results that nobody said where to put would be lost with the container.
 *
 * @param optional a pinned job may be a workload without results.
 */
export function parseResults(reader: OptionReader, optional: boolean): ResultsOptions {
  const url = reader.optional('results-url', parseLocation)?.text ?? DEFAULT_RESULTS_URL;
  const envVar = reader.optional('results-env-var', parseEnvName) ?? DEFAULT_ENV_VAR;
  const upload = reader.optional('results-upload-url', parseLocation) ?? null;
  const skip = reader.optional('dangerously-skip-results-archive-upload', parseBoolean) ?? false;
  if (skip) checkSkip(reader, url);
  else if (!reader.has('results-upload-url') && !optional) {
    reader.fault('results-upload-url', 'is required, unless --dangerously-skip-results-archive-upload is given');
  }
  if (upload !== null && !url.startsWith('file://')) {
    reader.fault('results-url', 'must be a file:// URL: what is uploaded is the folder that it names');
  }
  return { url, envVar, upload };
}

function checkSkip(reader: OptionReader, url: string): void {
  const flag = 'dangerously-skip-results-archive-upload';
  if (reader.has('results-upload-url')) reader.fault(flag, 'and --results-upload-url exclude each other');
  if (url === DEFAULT_RESULTS_URL) {
    reader.fault(flag, `requires a --results-url that is not the default ${DEFAULT_RESULTS_URL}`);
  }
}
