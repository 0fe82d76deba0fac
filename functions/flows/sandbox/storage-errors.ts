import { type SandboxCode, SandboxError } from '../../core/sandbox/errors.ts';
import type { StorageError } from '../../ports/sandbox.ts';

type Operation = 'ledger' | 'environment' | 'receipt';

/**
 * A tenant's account may read but not list, so Cloud Storage answers 403 for a missing ledger object. Both mean that the
 * tenant is not registered as its job says.
 */
const CODES: Record<Operation, Record<StorageError['kind'], SandboxCode>> = {
  ledger: { missing: 'NOT_REGISTERED', unavailable: 'LEDGER_UNAVAILABLE', refused: 'LEDGER_UNAVAILABLE' },
  environment: {
    missing: 'ENVIRONMENT_NOT_FOUND',
    unavailable: 'ENVIRONMENT_UNAVAILABLE',
    refused: 'ENVIRONMENT_UNAVAILABLE',
  },
  receipt: { missing: 'NOT_REGISTERED', unavailable: 'RECEIPT_UNAVAILABLE', refused: 'RECEIPT_UNAVAILABLE' },
};

export function translateStorageError(error: StorageError, operation: Operation): SandboxError {
  return new SandboxError(CODES[operation][error.kind], error.message, {}, error);
}
