import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterEach, onTestFinished } from 'vitest';
import { type LocalStorage, type StorageOptions, startStorage } from '../../../../infra/emulators/storage/server.ts';

/** A response of the client carries 12 listeners when its body breaks off, and Node.js warns from 11 on. */
EventEmitter.defaultMaxListeners = 15;

const running = new Set<LocalStorage>();

afterEach(async () => {
  await Promise.all([...running].map((server) => stop(server)));
});

/** A server that ends with the test. */
export async function startTestStorage(options: StorageOptions = {}): Promise<LocalStorage> {
  const server = await startStorage(options);
  running.add(server);
  return server;
}

export async function stop(server: LocalStorage): Promise<void> {
  running.delete(server);
  await server.close();
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'storage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The real client, without retries: a test sees the server's first answer. */
export function createClient(apiEndpoint: string): Storage {
  return new Storage({ apiEndpoint, projectId: 'test', retryOptions: { autoRetry: false } });
}

/** A server with one bucket, and the owner's client of it. */
export async function startWithBucket(options: StorageOptions = {}, name = 'pins') {
  const server = await startTestStorage(options);
  const storage = createClient(server.endpoint);
  await storage.createBucket(name);
  return { server, storage, bucket: storage.bucket(name) };
}
