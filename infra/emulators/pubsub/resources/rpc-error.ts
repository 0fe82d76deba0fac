import { status } from '@grpc/grpc-js';

/** The canonical codes that this server answers with. */
export type RpcCode =
  | 'CANCELLED'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'UNAUTHENTICATED'
  | 'UNKNOWN';

/** The HTTP mapping of google/rpc/code.proto. */
const HTTP_STATUS: Record<RpcCode, number> = {
  CANCELLED: 499,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
  UNKNOWN: 500,
};

/** The error answer of a call that changed nothing. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: RpcCode;

  constructor(code: RpcCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The gRPC number of a code. */
export function grpcCode(code: RpcCode): status {
  return status[code];
}

/** The HTTP status of a code. */
export function httpStatus(code: RpcCode): number {
  return HTTP_STATUS[code];
}

/** The canonical code of an HTTP status that a fault asks for; UNKNOWN where Google defines none. */
export function codeOfHttpStatus(httpStatusCode: number): RpcCode {
  const known = Object.entries(HTTP_STATUS).find(([, value]) => value === httpStatusCode);
  return (known?.[0] as RpcCode | undefined) ?? 'UNKNOWN';
}

/** Any thrown value as an RpcError: an unexpected error is INTERNAL and keeps its cause. */
export function asRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new RpcError('INTERNAL', `the embedded Pub/Sub failed: ${reason}`, { cause: thrown });
}
