import { type SandboxCode, SandboxError } from '../../core/sandbox/errors.ts';
import type { StorageError } from '../../ports/sandbox.ts';

type Concern = 'ledger' | 'environment' | 'receipt';

/**
 * A tenant's account can read what always exists, and may not list: a missing ledger object answers as a forbidden one,
 * and either means that this tenant is not registered for what its job says.
 */
const CODES: Record<Concern, Record<StorageError['kind'], SandboxCode>> = {
  ledger: { missing: 'NOT_REGISTERED', unavailable: 'LEDGER_UNAVAILABLE', refused: 'LEDGER_UNAVAILABLE' },
  environment: {
    missing: 'ENVIRONMENT_NOT_FOUND',
    unavailable: 'ENVIRONMENT_UNAVAILABLE',
    refused: 'ENVIRONMENT_UNAVAILABLE',
  },
  receipt: { missing: 'NOT_REGISTERED', unavailable: 'RECEIPT_UNAVAILABLE', refused: 'RECEIPT_UNAVAILABLE' },
};

export function translateStorageError(fault: StorageError, concern: Concern): SandboxError {
  return new SandboxError(CODES[concern][fault.kind], fault.message, {}, fault);
}
