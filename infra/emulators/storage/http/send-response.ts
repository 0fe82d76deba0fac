import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiResponse } from '../call/exchange.ts';
import { errorBody, StorageError } from '../errors.ts';
import { type FieldMask, pickFields } from './fields.ts';

/** Any failure as the API's answer; anything but a StorageError is an internal error of this server. */
export function errorResponse(error: unknown): ApiResponse {
  const known =
    error instanceof StorageError
      ? error
      : new StorageError(500, 'backendError', `the embedded Cloud Storage failed: ${(error as Error).message}`);
  if (known.status === 304) return { status: 304 };
  return { status: known.status, headers: known.headers, json: errorBody(known) };
}

/** Sends the response, or only the first `limit` bytes of its body before the connection is dropped. */
export async function sendResponse(
  response: ServerResponse,
  reply: ApiResponse,
  mask?: FieldMask,
  limit?: number,
): Promise<void> {
  const bytes = reply.json ? Buffer.from(JSON.stringify(pickFields(reply.json, mask))) : reply.bytes;
  const headers = { ...(reply.json && { 'Content-Type': 'application/json; charset=UTF-8' }), ...reply.headers };
  if (Buffer.isBuffer(bytes)) response.writeHead(reply.status, { ...headers, 'Content-Length': bytes.length });
  else response.writeHead(reply.status, headers);
  if (limit !== undefined) return sendPart(response, bytes, limit);
  if (bytes instanceof Readable) await pipeline(bytes, response);
  else response.end(bytes);
}

export function discard(reply: ApiResponse): void {
  if (reply.bytes instanceof Readable) reply.bytes.destroy();
}

async function sendPart(response: ServerResponse, bytes: ApiResponse['bytes'], limit: number): Promise<void> {
  let left = limit;
  const source = bytes instanceof Readable ? (bytes as AsyncIterable<Buffer>) : [bytes ?? Buffer.alloc(0)];
  response.flushHeaders();
  for await (const chunk of source) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    await new Promise((sent) => response.write(part, sent));
    if (left === 0) break;
  }
  response.destroy();
}
