import type { Storage } from '@google-cloud/storage';

/** An answer of a Google API with a status of 400 or more. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Json = Record<string, unknown>;
export type RestCall = {
  /** `iam` → iam.googleapis.com */
  api: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: Json;
  /** An access token; absent: the caller's own credentials. */
  token?: string;
};
export type Rest = (call: RestCall) => Promise<Json>;

const TIMEOUT_MS = 30_000;
const MAX_MESSAGE = 300;

/** Google's APIs over HTTPS, with the credentials of the storage client. @throws RestError */
export function googleRest(storage: Storage): Rest {
  return async ({ api, path, token, ...call }) => {
    const url = `https://${api}.googleapis.com${path}`;
    const headers =
      token === undefined
        ? new Headers(await storage.authClient.getRequestHeaders(url))
        : new Headers({ authorization: `Bearer ${token}` });
    return send(url, headers, call);
  };
}

async function send(url: string, headers: Headers, { method = 'GET', body }: Pick<RestCall, 'method' | 'body'>) {
  headers.set('content-type', 'application/json');
  const response = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    const where = `${method} ${new URL(url).host}${new URL(url).pathname}`;
    throw new RestError(response.status, `${where}: HTTP ${response.status}: ${text.slice(0, MAX_MESSAGE)}`);
  }
  return text === '' ? {} : (JSON.parse(text) as Json);
}
