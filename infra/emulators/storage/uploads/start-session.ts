import { randomBytes } from 'node:crypto';
import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import { invalid } from '../errors.ts';
import { parsePreconditions } from '../model/preconditions.ts';
import { forgettable, type UploadSession } from '../model/upload-session.ts';
import { checkTarget } from '../objects/create-version.ts';
import { parseSettings } from '../objects/object-settings.ts';
import { expectedHashes, uploadName } from './upload-name.ts';

/** The first request of a resumable upload: checks what can be checked, and answers with the session's own URL. */
export async function startSession(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const now = service.now();
  const session = sessionOf(ask, await readJson(ask.body), now);
  checkTarget(service, { ...session, caller: ask.caller });
  const forgotten = forgettable(service.state.sessions, now).map((id) => ({ kind: 'session-gone', id }) as const);
  service.commit({ kind: 'session', session }, ...forgotten);
  const path = `/upload/storage/v1/b/${ask.route.bucket}/o`;
  const query = new URLSearchParams({ uploadType: 'resumable', name: session.name, upload_id: session.id });
  const headers = { Location: `${ask.base}${path}?${query}`, 'X-GUploader-UploadID': session.id };
  return { status: 200, headers, bytes: Buffer.alloc(0) };
}

function sessionOf(ask: ApiRequest, resource: Record<string, unknown>, now: Date): UploadSession {
  const contentType = resource.contentType ?? ask.headers['x-upload-content-type'] ?? 'application/octet-stream';
  const contentEncoding = resource.contentEncoding ?? ask.query.get('contentEncoding') ?? undefined;
  const total = uploadLength(ask.headers['x-upload-content-length']);
  return {
    // The id alone authorises sending bytes, so it must not be guessable. Hex, because it becomes the blob's id.
    id: randomBytes(24).toString('hex'),
    bucket: ask.route.bucket,
    name: uploadName(ask, resource),
    settings: parseSettings({ ...resource, contentType, contentEncoding }),
    expected: expectedHashes(ask, resource),
    conditions: parsePreconditions(ask.query),
    ...(ask.caller !== undefined && { identity: ask.caller }),
    ...(total !== undefined && { total }),
    startedAt: now.toISOString(),
  };
}

function uploadLength(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw invalid(`Invalid X-Upload-Content-Length: '${header}', wanted a number of bytes.`);
  }
  return Number(header);
}
