import { setTimeout as sleep } from 'node:timers/promises';
import { type handleUnaryCall, type sendUnaryData, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Fault, FaultSwitch } from '../../faults.ts';
import type { Message } from '../../grpc/service-definition.ts';
import { RpcError } from '../model/rpc-error.ts';

/** One method of a service: what a request is about, and its answer. */
export type Method<Request> = {
  resource(request: Request): string;
  answer(request: Request): object | Promise<object>;
};

// biome-ignore format: a table of the canonical codes of google.rpc.Code by HTTP status
const BY_HTTP_STATUS: Record<number, status> = {
  400: status.INVALID_ARGUMENT, 401: status.UNAUTHENTICATED, 403: status.PERMISSION_DENIED, 404: status.NOT_FOUND,
  409: status.ABORTED, 412: status.FAILED_PRECONDITION, 429: status.RESOURCE_EXHAUSTED, 499: status.CANCELLED,
  500: status.INTERNAL, 501: status.UNIMPLEMENTED, 503: status.UNAVAILABLE, 504: status.DEADLINE_EXCEEDED,
};

const unavailable = (message: string): RpcError => new RpcError(status.UNAVAILABLE, message);

/** Injects faults before the call does anything. */
function strikeBefore(fault: Fault | undefined): void {
  if (fault?.kind === 'reset') throw unavailable('The connection was reset.');
  if (fault?.kind !== 'status') return;
  throw new RpcError(BY_HTTP_STATUS[fault.status] ?? status.UNKNOWN, `The fault switch says HTTP ${fault.status}.`);
}

/** Injects faults after the call did everything; a truncated unary answer counts as lost. */
async function strikeAfter(fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'delay') await sleep(fault.milliseconds, undefined, { ref: false });
  if (fault?.kind === 'lost-response' || fault?.kind === 'truncate') throw unavailable('The response was lost.');
}

/** Asked for each call: its fault, and the identity of its peer (`address:port`). */
export type CallSwitches = { faults: FaultSwitch; identityOf: (peer: string) => string | undefined };

function unary(
  name: string,
  method: Method<Message>,
  { faults, identityOf }: CallSwitches,
): handleUnaryCall<Message, object> {
  const answer = async (request: Message, peer: string): Promise<object> => {
    const caller = identityOf(peer);
    const resource = method.resource(request);
    const fault = faults({ service: 'run', method: name, resource, ...(caller !== undefined && { caller }) });
    strikeBefore(fault);
    const response = await method.answer(request);
    await strikeAfter(fault);
    return response;
  };
  return (call, callback) => {
    answer(call.request, call.getPeer()).then(
      (response) => callback(null, response),
      (error: unknown) => refuse(error, callback),
    );
  };
}

/** An unexpected error is answered as INTERNAL with its stack, and does not end the server. */
function refuse(error: unknown, callback: sendUnaryData<object>): void {
  if (error instanceof RpcError) callback({ code: error.code, details: error.message });
  else callback({ code: status.INTERNAL, details: error instanceof Error ? error.stack : String(error) });
}

/** A service's handlers; grpc-js answers every method that is not among them UNIMPLEMENTED, with its name. */
export function implementation(
  methods: Record<string, Method<never>>,
  switches: CallSwitches,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, unary(name, method as Method<Message>, switches)]),
  );
}
