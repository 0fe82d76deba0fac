import type { IncomingMessage } from 'node:http';
import type { ApiRequest } from '../call/exchange.ts';
import { findRoute } from '../call/routes.ts';
import { StorageError } from '../errors.ts';
import type { State } from '../model/state.ts';

const IDENTITY = /^\/as\/([^/]+)(?=\/)/;

/** Reads a request's head. Throws 401 for an identity's key that was never given out, 501 for a call that is not served. */
export function parseRequest(
  request: IncomingMessage,
  state: State,
  endpoint: string,
  body: ApiRequest['body'],
): ApiRequest {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const fullPath = mark < 0 ? url : url.slice(0, mark);
  const [prefix = '', key] = IDENTITY.exec(fullPath) ?? [];
  const caller = key === undefined ? undefined : state.keys.get(key);
  if (key !== undefined && caller === undefined) throw new StorageError(401, 'authError', 'Invalid Credentials');
  const verb = request.method ?? 'GET';
  return {
    verb,
    ...findRoute(verb, fullPath.slice(prefix.length)),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: request.headers,
    body,
    abandon() {
      if (!request.complete) request.destroy();
    },
    caller,
    base: `${endpoint}${prefix}`,
  };
}

/**
 * The body, readable by several readers one after the other: a handler that refuses half-way leaves the rest for the
 * code that drains the connection. The stream's own iterator would destroy it.
 */
export function sharedBody(request: IncomingMessage): AsyncIterable<Buffer> {
  const iterator = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
}
