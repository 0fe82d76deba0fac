import type { ApiRequest } from '../call/exchange.ts';
import { required } from '../errors.ts';
import { type Expected, parseGoogHash } from '../values/checksums.ts';
import { checkObjectName } from '../values/object-names.ts';

/** The object's name: the query's, which wins, or the resource's. Throws 400. */
export function uploadName(ask: ApiRequest, resource: Record<string, unknown>): string {
  const name = ask.query.get('name') ?? resource.name;
  if (typeof name !== 'string') throw required('Required: the name of the object.');
  return checkObjectName(name);
}

/** What the caller says the bytes hash to, in the resource or in an X-Goog-Hash header. */
export function expectedHashes(ask: ApiRequest, resource: Record<string, unknown>): Expected {
  const { md5Hash, crc32c } = resource;
  const header = ask.headers['x-goog-hash'];
  return {
    ...(typeof md5Hash === 'string' && { md5Hash }),
    ...(typeof crc32c === 'string' && { crc32c }),
    ...parseGoogHash(Array.isArray(header) ? header.join(',') : header),
  };
}
