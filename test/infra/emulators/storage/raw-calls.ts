/** Calls as curl would make them: what the client hides (headers, statuses, broken bodies) shows here. */
export type Answer = { status: number; headers: Headers; json: Json; text: string };
type Json = { error: { code: number; message: string; errors: { reason: string; domain: string }[] } } & Record<
  string,
  unknown
>;

export async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { redirect: 'manual', ...init });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, text, json: (isJson ? JSON.parse(text) : {}) as Json };
}

export function insertMedia(
  endpoint: string,
  name: string,
  body: string | Uint8Array<ArrayBuffer>,
  query = '',
): Promise<Answer> {
  const url = `${endpoint}/upload/storage/v1/b/pins/o?uploadType=media&name=${encodeURIComponent(name)}${query}`;
  return call(url, { method: 'POST', body, headers: { 'Content-Type': 'text/plain' } });
}

export function insertMultipart(endpoint: string, resource: object, media: string, query = ''): Promise<Answer> {
  const body =
    `--frontier\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(resource)}\r\n` +
    `--frontier\r\nContent-Type: text/plain\r\n\r\n${media}\r\n--frontier--\r\n`;
  const headers = { 'Content-Type': 'multipart/related; boundary=frontier' };
  return call(`${endpoint}/upload/storage/v1/b/pins/o?uploadType=multipart${query}`, { method: 'POST', body, headers });
}

export const objectUrl = (endpoint: string, name: string, query = '') =>
  `${endpoint}/storage/v1/b/pins/o/${encodeURIComponent(name)}${query}`;
