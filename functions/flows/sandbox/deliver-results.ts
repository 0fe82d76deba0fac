import { asSandboxError, SandboxError } from '../../core/sandbox/errors.ts';
import type { Location } from '../../core/sandbox/location.ts';
import type { SandboxOptions } from '../../core/sandbox/options/types.ts';
import { redact } from '../../core/sandbox/redact.ts';
import {
  type ArchiveFile,
  type ResultsArchive,
  type ResultsUpload,
  type SandboxDeps,
  StorageError,
} from '../../ports/sandbox.ts';

export type ResultsDeps = Pick<SandboxDeps<ArchiveFile>, 'results' | 'openUpload' | 'sleep' | 'random' | 'info'>;

const UPLOAD_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;

/** Packs the results directory and uploads it. @throws SandboxError RESULTS_REFUSED, RESULTS_UPLOAD_FAILED */
export async function deliverResults({ results }: SandboxOptions, receipt: string, deps: ResultsDeps): Promise<void> {
  if (results.upload === null) return;
  const archive = await deps.results.archive(results.url, receipt);
  try {
    await upload(archive, results.upload, deps);
  } finally {
    archive.close();
  }
}

async function upload(archive: ResultsArchive, location: Location, deps: ResultsDeps): Promise<void> {
  const target = await deps.openUpload(location);
  for (let attempt = 1; ; attempt++) {
    const fault = await put(target, archive, location);
    if (fault === undefined) return;
    if (fault.kind !== 'unavailable' || attempt === UPLOAD_ATTEMPTS) throw failed(fault, attempt);
    deps.info(`the upload of the results failed (${redact(fault.message)}), trying again`);
    await deps.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + deps.random() / 2));
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

function failed(fault: StorageError, attempts: number): SandboxError {
  const message = `the results could not be uploaded: ${fault.message}`;
  return new SandboxError('RESULTS_UPLOAD_FAILED', message, { attempts }, fault);
}
