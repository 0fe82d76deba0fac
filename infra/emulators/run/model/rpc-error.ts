import { status } from '@grpc/grpc-js';

/** An answer that is an error: the gRPC status code and the message that the caller reads. */
export class RpcError extends Error {
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

export const notFound = (name: string): RpcError => new RpcError(status.NOT_FOUND, `Resource '${name}' was not found.`);

/** Every fault at once: a caller mends them in one go. */
export const invalid = (faults: readonly string[]): RpcError =>
  new RpcError(status.INVALID_ARGUMENT, `Invalid request: ${faults.join('; ')}.`);

/** An etag that is no longer the resource's: somebody changed it since it was read. */
export function requireEtag(name: string, given: string | null | undefined, current: string): void {
  if (!given || given === current) return;
  throw new RpcError(
    status.ABORTED,
    `Conflict for resource '${name}': version '${given}' was specified but current version is '${current}'.`,
  );
}
