import type { Message } from '../../grpc/service-definition.ts';
import { RpcError } from './rpc-error.ts';

/** Whether a field differs from its proto3 default. */
function isSet(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === '0' || value === false)
    return false;
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && !Buffer.isBuffer(value)) return Object.values(value).length > 0;
  return true;
}

/**
 * Refuses by name a field that this server would ignore, because a local success would prove nothing.
 *
 * @throws RpcError UNIMPLEMENTED
 */
export function refuseUnsupported(resource: string, value: Message, fields: readonly string[]): void {
  const used = fields.filter((field) => value[field] !== undefined && value[field] !== null && isSet(value[field]));
  if (used.length === 0) return;
  throw new RpcError('UNIMPLEMENTED', `The embedded Pub/Sub does not implement ${used.join(', ')} of ${resource}.`);
}
