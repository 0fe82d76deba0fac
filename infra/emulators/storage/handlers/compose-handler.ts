import { Readable } from 'node:stream';
import { type ApiRequest, type ApiResponse, readJson, type Service } from '../call/exchange.ts';
import { invalid, required } from '../errors.ts';
import { checkPreconditions, parsePreconditions } from '../model/preconditions.ts';
import type { StoredObject } from '../model/records.ts';
import { checkTarget, createVersion } from '../objects/create-version.ts';
import { requireSource } from '../objects/lookups.ts';
import { parseSettings } from '../objects/object-settings.ts';
import { objectResource } from '../objects/resources.ts';
import { storeBody } from '../uploads/store-body.ts';
import { checkObjectName } from '../values/object-names.ts';

const MAX_SOURCES = 32;

type Source = { name: string; generation?: number; generationMatch?: number };

/** Joins up to 32 objects of one bucket. A composite object has a crc32c but no md5Hash, as in Cloud Storage. */
export async function composeObject(ask: ApiRequest, service: Service): Promise<ApiResponse> {
  const body = await readJson(ask.body);
  const sources = parseSources(body.sourceObjects).map((source) => findSource(ask, service, source));
  const destination = (body.destination ?? {}) as Record<string, unknown>;
  const target = {
    bucket: ask.route.bucket,
    name: checkObjectName(ask.route.object),
    settings: parseSettings(destination),
    conditions: parsePreconditions(ask.query),
    caller: ask.caller,
  };
  checkTarget(service, target);
  // Opened before anything is awaited: an overwrite in the meantime does not take the bytes away.
  const opened = sources.map(({ blob }) => service.blobs.read(blob, { start: 0, end: blob.size }));
  const { blob, hashes } = await storeBody(service.blobs, joined(opened), () => ({}));
  const componentCount = sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0);
  const draft = { ...target, componentCount, blob, hashes: { crc32c: hashes.crc32c } };
  return { status: 200, json: objectResource(createVersion(service, draft), ask.base) };
}

async function* joined(parts: (Buffer | Readable)[]): AsyncGenerator<Buffer> {
  try {
    for (const part of parts) {
      if (Buffer.isBuffer(part)) yield part;
      else yield* part as AsyncIterable<Buffer>;
    }
  } finally {
    for (const part of parts) if (part instanceof Readable) part.destroy();
  }
}

function parseSources(value: unknown): Source[] {
  if (!Array.isArray(value) || value.length === 0) throw required('You must provide at least one source component.');
  if (value.length > MAX_SOURCES) {
    throw invalid(`The number of source components provided (${value.length}) exceeds the maximum (${MAX_SOURCES})`);
  }
  return value.map(parseSource);
}

function parseSource(value: unknown): Source {
  const { name, generation, objectPreconditions } = (value ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') throw required('A source component needs a name.');
  const { ifGenerationMatch } = (objectPreconditions ?? {}) as Record<string, unknown>;
  return {
    name,
    ...(generation !== undefined && { generation: Number(generation) }),
    ...(ifGenerationMatch !== undefined && { generationMatch: Number(ifGenerationMatch) }),
  };
}

function findSource(ask: ApiRequest, service: Service, source: Source): StoredObject {
  const object = requireSource(service.state, ask.caller, { ...source, bucket: ask.route.bucket });
  const { generationMatch } = source;
  checkPreconditions(generationMatch === undefined ? {} : { generationMatch }, object, 'write');
  return object;
}
