import { StorageError } from '../../ports/sandbox.ts';
import { httpStatus, isTransient } from '../storage/errors.ts';

/** Translates an error of the storage client. @param name the object, as `gs://bucket/object` */
export function toStorageError(error: unknown, name: string): StorageError {
  if (error instanceof StorageError) return error;
  const status = httpStatus(error);
  const reason = error instanceof Error ? error.message : String(error);
  if (status === 404 || status === 403) {
    return new StorageError(
      'missing',
      `${name} is not there, or this account may not read or create it (HTTP ${status})`,
      error,
    );
  }
  if (isTransient(error)) return new StorageError('unavailable', `${name}: ${reason}`, error);
  return new StorageError('refused', `${name}: ${reason}`, error);
}
