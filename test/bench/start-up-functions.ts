import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionName, functionFiles } from '../../infra/contract/function-env.ts';
import { configEnv } from '../../infra/local/functions/function-env.ts';
import { inRepository } from '../../infra/local/repository.ts';
import { installFunction, serveFunction } from '../fixtures/deployed-function.ts';
import type { Start } from './start-up.ts';

const built = (name: FunctionName) => inRepository(`dist/functions/${functionFiles[name]}`);

/** What any function pays that sends a request for its first event. */
const FLOOR = `
import { cloudEvent } from '@google-cloud/functions-framework';
import { get } from 'node:http';
cloudEvent('floor', () => new Promise((resolve) => get(process.env.PINCAST_STORAGE_ENDPOINT, resolve)));
`;

const digest = `sha256:${'0'.repeat(64)}`;
/** The first message of each function that makes it call Cloud Storage. */
const messages: Record<Exclude<FunctionName, 'status'> | 'floor', { data: object; attributes?: object }> = {
  floor: { data: {} },
  fanOut: {
    data: { runtime: 'codex', environmentTarUrl: 'gs://pincast-environments/a.tar', environmentTarDigest: digest },
  },
  recheck: { data: { runtime: 'codex' } },
  receipt: {
    data: {},
    attributes: {
      eventType: 'OBJECT_FINALIZE',
      bucketId: 'pincast-receipts',
      objectId: 'acme/codex/codex-acme-x1/0-0-adopted.json',
      objectGeneration: '1',
    },
  },
};

/** Each built function, installed as in Cloud Run, until the first request that its first event causes. */
export function functionStarts(folder: string): Start[] {
  if (!existsSync(built('status'))) return [];
  const floor = join(folder, 'floor');
  installFunction(built('status'), floor);
  writeFileSync(join(floor, 'index.mjs'), FLOOR);
  const names = Object.keys(functionFiles) as FunctionName[];
  for (const name of names) installFunction(built(name), join(folder, name));
  return [
    functionStart('a function that only sends a request', floor, 'floor'),
    ...names.map((name) => functionStart(`${name}, spawn to its first call`, join(folder, name), name)),
  ];
}

function functionStart(title: string, directory: string, name: FunctionName | 'floor'): Start {
  return {
    title,
    group: 'function',
    start: async (storage) => {
      const endpoints = { storage, pubsub: '127.0.0.1:9', run: '127.0.0.1:9' };
      const env = configEnv(endpoints, { runQuotaPerMinute: 180, retryFirstSeconds: 10 });
      const served = await serveFunction(directory, name, env);
      const answered = name === 'status' ? fetch(`${served.url}/api/fleet/codex`) : push(served.url, messages[name]);
      answered.catch(() => undefined);
      return { stop: served.close };
    },
  };
}

function push(url: string, { data, attributes = {} }: { data: object; attributes?: object }): Promise<Response> {
  const encoded = Buffer.from(JSON.stringify(data)).toString('base64');
  const message = { data: encoded, attributes, messageId: '1', publishTime: '2026-11-20T12:00:00Z' };
  return fetch(`${url}/projects/p/topics/t`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message, subscription: 'projects/p/subscriptions/s' }),
  });
}
