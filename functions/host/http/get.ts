import { redact, redactUrl } from '../../core/sandbox/redact.ts';
import { StorageError } from '../../ports/sandbox.ts';
import type { TakeBytes } from './body.ts';
import { exchange } from './exchange.ts';
import type { HttpHead } from './head.ts';

const MAX_REDIRECTS = 10;

/**
 * GETs a URL and follows redirects. `onHead` receives the final response.
 *
 * @throws StorageError; the connection's error
 */
export async function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
  onHead: (head: HttpHead) => TakeBytes,
): Promise<HttpHead> {
  let target = new URL(url);
  let sent = headers;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const head = await exchange(target, sent, (answer) => (locationOf(answer) === undefined ? onHead(answer) : null));
    const location = locationOf(head);
    if (location === undefined) return head;
    const next = redirectTarget(location, target);
    if (next.origin !== target.origin) sent = withoutCredentials(sent);
    target = next;
  }
  throw new StorageError('refused', `${show(url)} redirects more than ${MAX_REDIRECTS} times`);
}

/** Credentials belong to the origin of the first URL. */
function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.has(name.toLowerCase())));
}

const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

export function show(url: string): string {
  return redact(redactUrl(url));
}

function locationOf({ status, headers }: HttpHead): string | undefined {
  return [301, 302, 303, 307, 308].includes(status) ? headers.get('location') : undefined;
}

/** Attack: refuses redirects to other schemes, such as `file:`, and from https to http. */
function redirectTarget(location: string, from: URL): URL {
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new StorageError('refused', `${show(from.href)} redirects to ${show(location)}, which is no http URL`);
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new StorageError('refused', `${show(from.href)} redirects from https to ${show(target.href)}`);
  }
  return target;
}
