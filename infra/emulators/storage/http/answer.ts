import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, FaultSwitch } from '../../faults.ts';
import type { ApiRequest, ApiResponse, Service } from '../call/exchange.ts';
import type { MethodName } from '../call/routes.ts';
import { StorageError } from '../errors.ts';
import { type FieldMask, parseFields } from './fields.ts';
import type { Handler } from './handlers.ts';
import { parseRequest, sharedBody } from './parse-request.ts';
import { discard, errorResponse, sendResponse } from './send-response.ts';

export type Answering = {
  service: Service;
  handlers: Record<MethodName, Handler>;
  faults: FaultSwitch;
  endpoint: string;
  /** Aborted when the server closes. */
  closing: AbortSignal;
};

/** One request from head to answer. Never rejects: a broken connection ends only this request. */
export async function answer(answering: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = sharedBody(request);
  try {
    const ask = parseRequest(request, answering.service.state, answering.endpoint, body);
    const fault = answering.faults({
      service: 'storage',
      method: ask.route.method,
      resource: resourceOf(ask),
      ...(ask.caller !== undefined && { caller: ask.caller }),
    });
    if (fault?.kind === 'reset') return reset(request);
    if (fault?.kind === 'delay') await sleep(fault.milliseconds, undefined, { signal: answering.closing });
    const mask = parseFields(ask.query.get('fields'));
    await deliver(response, await perform(answering, ask, fault), fault, mask);
  } catch (error) {
    await refuse(request, response, body, error);
  }
}

async function perform(
  { handlers, service }: Answering,
  ask: ApiRequest,
  fault: Fault | undefined,
): Promise<ApiResponse> {
  if (fault?.kind === 'status') throw injected(fault.status);
  return handlers[ask.route.method](ask, service);
}

async function deliver(
  response: ServerResponse,
  reply: ApiResponse,
  fault: Fault | undefined,
  mask?: FieldMask,
): Promise<void> {
  if (fault?.kind === 'lost-response') {
    discard(reply);
    response.destroy();
    return;
  }
  await sendResponse(response, reply, mask, fault?.kind === 'truncate' ? fault.bytes : undefined);
}

/** The rest of the body is read first: many clients do not listen before they have sent everything. */
async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  body: AsyncIterable<Buffer>,
  error: unknown,
): Promise<void> {
  try {
    if (response.headersSent || (request.destroyed && !request.complete)) {
      response.destroy();
      return;
    }
    for await (const _ of body);
    await sendResponse(response, errorResponse(error));
  } catch {
    response.destroy();
  }
}

function resourceOf({ route, query }: ApiRequest): string {
  const object = route.object || (route.method === 'objects.insert' ? (query.get('name') ?? '') : '');
  return object ? `${route.bucket}/${object}` : route.bucket;
}

function reset(request: IncomingMessage): void {
  request.socket.resetAndDestroy();
}

function injected(status: number): StorageError {
  const reason = status === 429 ? 'rateLimitExceeded' : status >= 500 ? 'backendError' : 'injected';
  return new StorageError(status, reason, `Injected fault: ${status}`);
}
