import type { IncomingMessage, ServerResponse } from 'node:http';
import type protobuf from 'protobufjs';
import type { FaultSwitch } from '../../faults.ts';
import { peerOf } from '../../grpc/protocol-multiplexer.ts';
import { Dropped, underFault } from '../apply-fault.ts';
import type { Broker } from '../broker/broker.ts';
import { services, unimplemented } from '../operations/api.ts';
import { asRpcError, httpStatus, RpcError } from '../resources/rpc-error.ts';
import { toProtoJson } from './proto-json.ts';
import { readRestRequest } from './request.ts';
import { matchRoute, type RestMatch } from './routes.ts';

export type RestContext = {
  broker: Broker;
  faults: FaultSwitch;
  /** The identity of this peer (`address:port`). */
  identityOf: (peer: string) => string | undefined;
};

/** Ten megabytes of data in base64 and the JSON around it. */
const MAX_BODY_BYTES = 15_000_000;

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new RpcError('INVALID_ARGUMENT', `The body has more than ${MAX_BODY_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown, keepBytes?: number): void {
  const bytes = Buffer.from(`${JSON.stringify(body, null, 2)}\n`);
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': bytes.length });
  if (keepBytes === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, keepBytes), () => response.destroy());
}

function sendError(response: ServerResponse, error: unknown): void {
  const { code, message } = asRpcError(error);
  const status = httpStatus(code);
  send(response, status, { error: { code: status, message, status: code } });
}

function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => controller.abort());
  return controller.signal;
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  return new URL(url, 'http://loopback');
}

async function serve(match: RestMatch, request: IncomingMessage, response: ServerResponse, context: RestContext) {
  const { service, method } = match.route;
  const operation = services[service]?.[method.name];
  if (!operation) throw new RpcError('UNIMPLEMENTED', unimplemented(method.name));
  const message = readRestRequest(match, urlOf(request).searchParams, await readBody(request));
  const caller = context.identityOf(peerOf(request.socket));
  const resource = operation.resource(message);
  const fault = context.faults({
    service: 'pubsub',
    method: method.name,
    resource,
    ...(caller !== undefined && { caller }),
  });
  const run = () => operation.run(context.broker, message, { signal: gone(response) });
  const result = await underFault(fault, method.name, run);
  const json = toProtoJson(method.resolvedResponseType as protobuf.Type, result);
  send(response, 200, json, fault?.kind === 'truncate' ? fault.bytes : undefined);
}

/** The REST side of the API: the same operations as over gRPC, in proto3 JSON. */
export async function handleRest(
  request: IncomingMessage,
  response: ServerResponse,
  context: RestContext,
): Promise<void> {
  try {
    const { pathname } = urlOf(request);
    const match = matchRoute(request.method ?? '', pathname);
    if (!match) throw new RpcError('NOT_FOUND', `No method of Pub/Sub is served at ${request.method} ${pathname}.`);
    await serve(match, request, response, context);
  } catch (error) {
    if (error instanceof Dropped) response.destroy();
    else if (!response.headersSent) sendError(response, error);
  }
}
