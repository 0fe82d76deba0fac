import { asSandboxError, SandboxError } from '../../core/sandbox/errors.ts';
import type { Location } from '../../core/sandbox/location.ts';
import { type Ending, resultsReceipt } from '../../core/sandbox/receipts.ts';
import { redact } from '../../core/sandbox/redact.ts';
import { backoff } from '../../core/values/retry.ts';
import {
  type ArchiveFile,
  type ResultsArchive,
  type ResultsUpload,
  type SandboxDeps,
  StorageError,
} from '../../ports/sandbox.ts';
import type { Run } from './phases.ts';
import { statementOf } from './receipts.ts';

type UploadDeps = Pick<SandboxDeps<ArchiveFile>, 'openUpload' | 'sleep' | 'random' | 'info'>;

const UPLOAD_ATTEMPTS = 5;
const PAUSE_MS = { first: 200, longest: 1_600 };

/** Packs the results directory and uploads it, if a URL is given. @throws SandboxError RESULTS_REFUSED, RESULTS_UPLOAD_FAILED */
export async function deliverResults(ending: Ending, run: Run): Promise<void> {
  const { options, phases, deps } = run;
  const { url, upload: location } = options.results;
  if (location === null) return;
  const receipt = resultsReceipt(options.mode, statementOf(run, ending));
  await phases.run('results', async () => {
    const archive = await deps.results.archive(url, receipt);
    try {
      await upload(archive, location, deps);
    } finally {
      archive.close();
    }
  });
}

async function upload(archive: ResultsArchive, location: Location, deps: UploadDeps): Promise<void> {
  const target = await deps.openUpload(location);
  for (let attempt = 1; ; attempt++) {
    const error = await put(target, archive, location);
    if (error === undefined) return;
    if (error.kind !== 'unavailable' || attempt === UPLOAD_ATTEMPTS) throw failed(error, attempt);
    deps.info(`the upload of the results failed (${redact(error.message)}), trying again`);
    await deps.sleep(backoff(attempt, PAUSE_MS, deps.random()));
  }
}

async function put(
  target: ResultsUpload,
  archive: ResultsArchive,
  location: Location,
): Promise<StorageError | undefined> {
  try {
    if ((await target.put(archive)) !== 'taken') return undefined;
    return new StorageError('refused', `${location.text} is there already, and results are never overwritten`);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw asSandboxError(error);
  }
}

function failed(error: StorageError, attempts: number): SandboxError {
  const message = `the results could not be uploaded: ${error.message}`;
  return new SandboxError('RESULTS_UPLOAD_FAILED', message, { attempts }, error);
}
