import { notServed } from '../errors.ts';

/** A call of the JSON API: its method's name in Google's reference, and the names in its path, decoded. */
export type Route = {
  method: MethodName;
  bucket: string;
  object: string;
  destinationBucket: string;
  destinationObject: string;
  notification: string;
};

const PATTERNS = [
  ['buckets.list', 'GET', 'b'],
  ['buckets.insert', 'POST', 'b'],
  ['buckets.get', 'GET', 'b/:bucket'],
  ['buckets.getStorageLayout', 'GET', 'b/:bucket/storageLayout'],
  ['buckets.patch', 'PATCH', 'b/:bucket'],
  ['buckets.delete', 'DELETE', 'b/:bucket'],
  ['objects.list', 'GET', 'b/:bucket/o'],
  ['objects.get', 'GET', 'b/:bucket/o/:object'],
  ['objects.patch', 'PATCH', 'b/:bucket/o/:object'],
  ['objects.delete', 'DELETE', 'b/:bucket/o/:object'],
  ['objects.compose', 'POST', 'b/:bucket/o/:object/compose'],
  ['objects.rewrite', 'POST', 'b/:bucket/o/:object/rewriteTo/b/:destinationBucket/o/:destinationObject'],
  ['objects.copy', 'POST', 'b/:bucket/o/:object/copyTo/b/:destinationBucket/o/:destinationObject'],
  ['notifications.list', 'GET', 'b/:bucket/notificationConfigs'],
  ['notifications.insert', 'POST', 'b/:bucket/notificationConfigs'],
  ['notifications.get', 'GET', 'b/:bucket/notificationConfigs/:notification'],
  ['notifications.delete', 'DELETE', 'b/:bucket/notificationConfigs/:notification'],
] as const;

const UPLOADS = [
  ['objects.insert', 'POST', 'b/:bucket/o'],
  ['objects.insert', 'PUT', 'b/:bucket/o'],
  ['objects.insert', 'DELETE', 'b/:bucket/o'],
] as const;

export type MethodName = (typeof PATTERNS)[number][0] | (typeof UPLOADS)[number][0];

// A client of STORAGE_EMULATOR_HOST leaves the prefix out of JSON calls; gcloud has a path of its own for resumable uploads.
const PREFIX = /^(?:\/resumable)?(?:\/(upload|download))?\/storage\/v1(?=\/)/;

/** Throws 501 for what is not served. `path` is raw: the names in it are still percent-encoded. */
export function findRoute(verb: string, path: string): { route: Route; media: boolean } {
  const surface = PREFIX.exec(path);
  const segments = path
    .slice(surface?.[0].length ?? 0)
    .slice(1)
    .split('/');
  for (const [method, wanted, pattern] of surface?.[1] === 'upload' ? UPLOADS : PATTERNS) {
    const route = wanted === verb ? match(method, pattern.split('/'), segments) : undefined;
    if (route) return { route, media: surface?.[1] === 'download' };
  }
  throw notServed(verb, path);
}

function match(method: MethodName, pattern: string[], segments: string[]): Route | undefined {
  if (pattern.length !== segments.length) return undefined;
  const route = { method, bucket: '', object: '', destinationBucket: '', destinationObject: '', notification: '' };
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] as string;
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
    } else if (segment === '') return undefined;
    else route[part.slice(1) as 'bucket'] = decode(segment);
  }
  return route;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notServed('a path', segment, 'a path segment that is not percent-encoded UTF-8');
  }
}
