import { StoreFault } from '../../ports/sandbox.ts';
import { httpStatus, isTransient } from '../storage/errors.ts';

/** What an error of the storage client means for a sandbox. @param name the object, as `gs://bucket/object` */
export function storeFaultOf(error: unknown, name: string): StoreFault {
  if (error instanceof StoreFault) return error;
  const status = httpStatus(error);
  const reason = error instanceof Error ? error.message : String(error);
  if (status === 404 || status === 403) {
    return new StoreFault(
      'missing',
      `${name} is not there, or this account may not read or create it (HTTP ${status})`,
      error,
    );
  }
  if (isTransient(error)) return new StoreFault('unavailable', `${name}: ${reason}`, error);
  return new StoreFault('refused', `${name}: ${reason}`, error);
}
