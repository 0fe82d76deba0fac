import { EXIT_CODES, type SandboxCode } from './exit-codes.ts';

/** What a reader needs to judge the error: `expected`, `actual`, `entry`, `object`, … */
export type Evidence = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** The one error that ends a sandbox: its code decides the exit code and the kind of the receipt. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxCode;
  readonly evidence: Evidence;

  constructor(code: SandboxCode, message: string, evidence: Evidence = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.evidence = evidence;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Anything that nobody foresaw is INTERNAL: an exit code of its own, never a workload's. */
export function asSandboxError(error: unknown): SandboxError {
  if (error instanceof SandboxError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SandboxError('INTERNAL', message, {}, error);
}
