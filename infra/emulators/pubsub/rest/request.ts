import type protobuf from 'protobufjs';
import type { Message } from '../../grpc/service-definition.ts';
import { RpcError } from '../resources/rpc-error.ts';
import { fromProtoJson } from './proto-json.ts';
import type { RestMatch } from './routes.ts';

/** Parameters of every Google API that say nothing about the request. */
const SYSTEM_PARAMETERS = new Set([
  'alt',
  '$alt',
  'key',
  'prettyPrint',
  'quotaUser',
  'fields',
  '$.xgafv',
  'uploadType',
]);

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch (cause) {
    throw new RpcError('INVALID_ARGUMENT', 'Invalid JSON payload received: the body is no JSON.', { cause });
  }
}

function bodyOf(type: protobuf.Type, field: string | undefined, body: string): Message {
  if (field === undefined) return {};
  const json = parseBody(body);
  return fromProtoJson(type, field === '*' ? json : { [field]: json });
}

/** A query has strings only: a flag is the one thing that needs reading. */
function queryOf(type: protobuf.Type, query: URLSearchParams): Message {
  const given = [...query].filter(([name]) => !SYSTEM_PARAMETERS.has(name));
  const json = given.map(([name, value]) => [name, value === 'true' || value === 'false' ? value === 'true' : value]);
  return fromProtoJson(type, Object.fromEntries(json));
}

function setPath(message: Message, path: string, value: string): void {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    message[first] = value;
    return;
  }
  const inner = (message[first] ?? {}) as Message;
  message[first] = inner;
  setPath(inner, rest.join('.'), value);
}

/**
 * The request of a method from its REST form: the path wins over the body, the body over the query.
 *
 * @throws RpcError INVALID_ARGUMENT that names the field
 */
export function readRestRequest({ route, path }: RestMatch, query: URLSearchParams, body: string): Message {
  const type = route.method.resolvedRequestType as protobuf.Type;
  const message = { ...queryOf(type, query), ...bodyOf(type, route.body, body) };
  for (const [field, value] of Object.entries(path)) setPath(message, field, value);
  return message;
}
