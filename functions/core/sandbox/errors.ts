import { clip } from '../values/clip.ts';
import { ArchiveError, DigestMismatchError } from './archive/errors.ts';
import { redact } from './redact.ts';

/** Facts beside the error's message: `expected`, `actual`, `entry`, `object`, … */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** The one error that ends a sandbox: its code decides the exit code and the kind of the receipt. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxCode;
  readonly evidence: ErrorDetails;

  constructor(code: SandboxCode, message: string, evidence: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.evidence = evidence;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** The error with its exit code. An unexpected error is INTERNAL, an exit code that no workload's end is mapped to. */
export function asSandboxError(error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  if (error instanceof ArchiveError) {
    return new SandboxError('ARCHIVE_REFUSED', error.message, archiveDetails(error), error);
  }
  if (error instanceof DigestMismatchError) {
    const { message, expected, actual, bytes } = error;
    return new SandboxError('DIGEST_MISMATCH', message, { expected, actual, bytes }, error);
  }
  const message = error instanceof Error ? error.message : String(error);
  return new SandboxError('INTERNAL', message, {}, error);
}

export function archiveDetails({ reason, entry }: ArchiveError): ErrorDetails {
  return entry === null ? { reason } : { reason, entry };
}

/** Every reason a sandbox ends other than by its workload, with its exit code. */
export const EXIT_CODES = {
  USAGE: 64,
  DIGEST_MISMATCH: 65,
  ENVIRONMENT_NOT_FOUND: 66,
  ENVIRONMENT_UNAVAILABLE: 69,
  LEDGER_UNAVAILABLE: 69,
  LEDGER_CORRUPT: 69,
  RECEIPT_UNAVAILABLE: 69,
  INTERNAL: 70,
  WORK_DIR_UNUSABLE: 73,
  RESULTS_REFUSED: 74,
  RESULTS_UPLOAD_FAILED: 74,
  SUPERSEDED: 75,
  ENVIRONMENT_ENCODED: 76,
  ENVIRONMENT_TOO_LARGE: 76,
  ARCHIVE_REFUSED: 76,
  UNPACK_FAILED: 76,
  ACTIVATION_FAILED: 76,
  LEDGER_DISAGREES: 77,
  REVOKED: 77,
  LOCKED_DOWN: 77,
  NOT_REGISTERED: 77,
  RECEIPT_TAKEN: 77,
  TASK_COUNT_REFUSED: 77,
  TASK_ATTEMPT_REFUSED: 77,
  TIMEOUT: 124,
  COMMAND_NOT_EXECUTABLE: 126,
  COMMAND_NOT_FOUND: 127,
  INTERRUPTED: 143,
} as const;

export type SandboxCode = keyof typeof EXIT_CODES;

/** The kind of the receipt that says why a pinned run ended before its workload. */
export function receiptKindOf(code: SandboxCode): 'refused' | 'failed' | 'superseded' {
  if (code === 'SUPERSEDED') return 'superseded';
  return REFUSALS.has(code) ? 'refused' : 'failed';
}

/** Errors that another run repeats while the pin, the policy and the bytes stay the same. */
const REFUSALS: ReadonlySet<SandboxCode> = new Set<SandboxCode>([
  'DIGEST_MISMATCH',
  'ENVIRONMENT_ENCODED',
  'ENVIRONMENT_TOO_LARGE',
  'ARCHIVE_REFUSED',
  'LEDGER_DISAGREES',
  'REVOKED',
  'LOCKED_DOWN',
  'NOT_REGISTERED',
  'RECEIPT_TAKEN',
  'TASK_COUNT_REFUSED',
  'TASK_ATTEMPT_REFUSED',
]);

const MAX_TEXT = 4_000;

/** The one JSON line on stderr that says why the sandbox ended: `severity`, `code`, `message`, `exitCode`, evidence. */
export function errorLine(error: SandboxError): string {
  const { code, message, exitCode, evidence } = error;
  return JSON.stringify({ severity: 'ERROR', code, message, exitCode, ...evidence }, (_key, value) =>
    typeof value === 'string' ? clip(redact(value), MAX_TEXT) : value,
  );
}
