import { httpStatus, isTransient } from '#functions/google/storage/errors.ts';
import { LaunchError } from '#functions/ports/launcher.ts';

/** gRPC: DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE. */
const TRANSIENT = new Set([4, 8, 10, 14]);
const NOT_FOUND = 5;

/** True if the same check may succeed later. */
export function isTemporary(error: unknown): boolean {
  if (error instanceof LaunchError) return error.code === 'QUOTA' || error.code === 'AMBIGUOUS';
  const code = grpcCode(error);
  return code === undefined ? isTransient(error) : TRANSIENT.has(code);
}

/** True for NOT_FOUND and HTTP 404. */
export function isAbsent(error: unknown): boolean {
  return grpcCode(error) === NOT_FOUND || httpStatus(error) === 404;
}

/** gRPC's code, 1 to 16; undefined for other errors. */
export function grpcCode(error: unknown): number | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'number' && code >= 1 && code <= 16 ? code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
