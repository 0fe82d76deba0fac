import type { OutgoingHttpHeaders } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ApiRequest, ApiResponse, Service } from '../call/exchange.ts';
import type { StoredObject } from '../model/records.ts';
import { googHash } from '../values/checksums.ts';
import { parseRange } from '../values/ranges.ts';
import { etagOf } from './resources.ts';

/** The bytes of a version: all, a range, or decompressed in flight. Throws 416. */
export function mediaReply(ask: ApiRequest, service: Service, object: StoredObject): ApiResponse {
  const headers = mediaHeaders(object);
  if (isTranscoded(ask, object)) return transcoded(service, object, headers);
  const { size } = object.blob;
  const range = parseRange(ask.headers.range, size);
  const { start, end } = range ?? { start: 0, end: size };
  headers['Content-Length'] = end - start;
  if (object.settings.contentEncoding) headers['Content-Encoding'] = object.settings.contentEncoding;
  if (range) headers['Content-Range'] = `bytes ${start}-${end - 1}/${size}`;
  return { status: range ? 206 : 200, headers, bytes: service.blobs.read(object.blob, { start, end }) };
}

/** Stored with gzip and asked for by someone who does not accept it; `no-transform` in the object's cacheControl forbids it. */
function isTranscoded(ask: ApiRequest, { settings }: StoredObject): boolean {
  const accepted = String(ask.headers['accept-encoding'] ?? '');
  if (settings.contentEncoding !== 'gzip' || /\bno-transform\b/.test(settings.cacheControl ?? '')) return false;
  return !/(^|[\s,])(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*(,|$))|,|$)/i.test(accepted);
}

/** Decompressive transcoding: no length is known, and a Range is ignored. */
function transcoded(service: Service, object: StoredObject, headers: OutgoingHttpHeaders): ApiResponse {
  const stored = service.blobs.read(object.blob, { start: 0, end: object.blob.size });
  const source = Buffer.isBuffer(stored) ? Readable.from([stored], { objectMode: false }) : stored;
  headers.Warning = '214 UploadServer gunzipped';
  // Bytes that are not gzip after all break the answer off; the callback only keeps that from being an uncaught error.
  return { status: 200, headers, bytes: pipeline(source, createGunzip(), () => {}) };
}

function mediaHeaders(object: StoredObject): OutgoingHttpHeaders {
  const { settings } = object;
  return {
    'Content-Type': settings.contentType ?? 'application/octet-stream',
    ...(settings.contentDisposition && { 'Content-Disposition': settings.contentDisposition }),
    ...(settings.contentLanguage && { 'Content-Language': settings.contentLanguage }),
    'Cache-Control': settings.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
    ETag: etagOf(object),
    'Last-Modified': new Date(object.updated).toUTCString(),
    'Accept-Ranges': 'bytes',
    'X-Goog-Generation': String(object.generation),
    'X-Goog-Metageneration': String(object.metageneration),
    'X-Goog-Storage-Class': settings.storageClass ?? 'STANDARD',
    'X-Goog-Hash': googHash(object.hashes),
    'X-Goog-Stored-Content-Encoding': settings.contentEncoding ?? 'identity',
    'X-Goog-Stored-Content-Length': String(object.blob.size),
  };
}
