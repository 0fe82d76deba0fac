import { status } from '@grpc/grpc-js';

/** The error answer of a call: the gRPC status code and the message that the caller reads. */
export class RpcError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

export const notFound = (name: string): RpcError => new RpcError(status.NOT_FOUND, `Resource '${name}' was not found.`);

/** Every issue at once, so that a caller can fix all of them together. */
export const invalid = (faults: readonly string[]): RpcError =>
  new RpcError(status.INVALID_ARGUMENT, `Invalid request: ${faults.join('; ')}.`);

/** Refuses an outdated etag: the resource was changed after the caller read it. */
export function requireEtag(name: string, given: string | null | undefined, current: string): void {
  if (!given || given === current) return;
  throw new RpcError(
    status.ABORTED,
    `Conflict for resource '${name}': version '${given}' was specified but current version is '${current}'.`,
  );
}
