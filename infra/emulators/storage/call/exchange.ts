import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { Blobs } from '../blobs/blobs.ts';
import { invalid } from '../errors.ts';
import type { ObjectEvent } from '../model/object-event.ts';
import type { Caller } from '../model/permissions.ts';
import type { Change, State } from '../model/state.ts';
import type { WriteRate } from '../model/write-rate.ts';
import type { Route } from './routes.ts';

/** One request, read as far as its head. */
export type ApiRequest = {
  verb: string;
  route: Route;
  /** The caller wants bytes, not the resource. */
  media: boolean;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: AsyncIterable<Buffer>;
  /** Breaks the connection, for a request that a newer one replaces. */
  abandon(): void;
  caller: Caller;
  /** The endpoint through which the caller came; links in answers begin with it, so that they keep the identity. */
  base: string;
};

export type ApiResponse = { status: number; headers?: OutgoingHttpHeaders; json?: object; bytes?: Buffer | Readable };

/** What the handlers work with. */
export type Service = {
  state: State;
  /** Journals the changes as one, then makes them. */
  commit(...changes: Change[]): void;
  blobs: Blobs;
  /** Never fails and never waits. */
  notify(event: ObjectEvent): void;
  now(): Date;
  writeRate: WriteRate;
};

const MAX_JSON = 1024 * 1024;

/** An object of JSON, {} for no body at all. Throws 400. */
export async function readJson(body: AsyncIterable<Buffer>): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JSON) throw invalid(`The JSON body is longer than ${MAX_JSON} bytes.`);
    chunks.push(chunk);
  }
  return parseJsonObject(Buffer.concat(chunks).toString('utf8'));
}

export function parseJsonObject(text: string): Record<string, unknown> {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('Parse Error: the body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The body is not a JSON object.');
  return value as Record<string, unknown>;
}
