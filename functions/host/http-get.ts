import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { redact } from '../core/sandbox/redact.ts';
import { StoreFault } from '../ports/sandbox.ts';

const MAX_REDIRECTS = 10;
/** A server that sends nothing for this long is as good as gone; the download goes on with a new connection. */
const SILENCE_MS = 30_000;

/** GETs a URL, following redirects. @throws StoreFault, or what broke the connection. */
export async function httpGet(url: string, headers: Record<string, string>): Promise<IncomingMessage> {
  let target = new URL(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(target, headers);
    const location = isRedirect(response) ? response.headers.location : undefined;
    if (location === undefined) return response;
    response.resume();
    target = redirectTarget(location, target);
  }
  throw new StoreFault('refused', `${show(url)} redirects more than ${MAX_REDIRECTS} times`);
}

export function show(url: string): string {
  return redact(url);
}

function request(url: URL, headers: Record<string, string>): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? getSecure : getPlain;
  return new Promise((resolve, reject) => {
    const call = get(url, { headers, agent: false }, resolve);
    call.setTimeout(SILENCE_MS, () => call.destroy(new Error(`no byte for ${SILENCE_MS / 1000} s`)));
    call.once('error', reject);
  });
}

function isRedirect({ statusCode = 0 }: IncomingMessage): boolean {
  return [301, 302, 303, 307, 308].includes(statusCode);
}

/** Neither a file of this machine nor an unencrypted way where an encrypted one was asked for. */
function redirectTarget(location: string, from: URL): URL {
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) {
    throw new StoreFault('refused', `${show(from.href)} redirects to ${show(location)}, which is no http URL`);
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new StoreFault('refused', `${show(from.href)} redirects from https to ${show(target.href)}`);
  }
  return target;
}
