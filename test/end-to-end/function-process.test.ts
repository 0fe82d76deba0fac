import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from '@pincast/emulators/faults';
import { type LocalStorage, startStorage } from '@pincast/emulators/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { storageClient } from '#functions/google/storage/client.ts';
import { childEnv, configEnv } from '../../infra/local/functions/function-env.ts';
import { type FunctionProcess, prepareFunction, startFunction } from '../../infra/local/functions/function-process.ts';
import { layout, localFunctions } from '../../infra/local/layout.ts';
import { provisionStorage } from '../../infra/local/provision/provision-cloud.ts';

let server: LocalStorage;
let fanOut: FunctionProcess;
let folder: string;
let fault: Fault | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pincast-function-'));
  server = await startStorage({ faults: ({ method }) => (method === 'objects.list' ? fault : undefined) });
  await provisionStorage(storageClient(server.endpoint, layout.project));
  const endpoints = { storage: server.endpoint, pubsub: '127.0.0.1:9', run: '127.0.0.1:9' };
  const { NODE_ENV: _, ...env } = childEnv(join(folder, 'cache'));
  const config = configEnv(endpoints, { runQuotaPerMinute: 180, retryFirstSeconds: 1 });
  fanOut = await startFunction(prepareFunction(env), localFunctions.fanOut, config, { logDir: folder });
});
afterAll(async () => {
  await fanOut.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const post = (headers: Record<string, string>, body: string) =>
  fetch(`${fanOut.url}/`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

const logged = () =>
  readFileSync(join(folder, 'fanOut.log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** What the function has logged since, as soon as that is anything. */
async function linesSince(before: number): Promise<string[]> {
  await expect.poll(() => logged().length, { timeout: 60_000 }).toBeGreaterThan(before);
  return logged().slice(before);
}

const event = {
  'ce-id': '1',
  'ce-source': '//pubsub.googleapis.com/projects/p/topics/t',
  'ce-specversion': '1.0',
  'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
};

it('fanOut logs a transient fault as one WARNING line that names the promotion', async () => {
  fault = { kind: 'status', status: 503 };
  const before = logged().length;
  const data = Buffer.from(JSON.stringify({ runtime: 'codex', promotionId: 'ci-7', typo: 1 })).toString('base64');
  const message = { data, messageId: '77', publishTime: '2026-11-20T12:00:00Z' };
  const response = await post(event, JSON.stringify({ message, deliveryAttempt: 3 }));
  fault = undefined;
  expect(response.status).toBe(500);
  expect(await response.text()).toBe('Internal Server Error');
  const lines = await linesSince(before);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    severity: 'WARNING',
    time: expect.stringMatching(/^\d{4}-/),
    component: 'fanOut',
    message: expect.stringMatching(/^fanOut failed, Pub\/Sub delivers the message again: /),
    messageId: '77',
    runtime: 'codex',
    promotionId: 'ci-7',
    deliveryAttempt: 3,
    code: 503,
    stack_trace: expect.stringContaining('\n    at '),
  });
});

it('fanOut logs a permanent fault as one ERROR line for Cloud Error Reporting', async () => {
  const before = logged().length;
  expect((await post(event, JSON.stringify({ message: { messageId: '78' } }))).status).toBe(500);
  const lines = await linesSince(before);
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    severity: 'ERROR',
    '@type': 'type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent',
    code: 'MALFORMED_DELIVERY',
    stack_trace: expect.stringContaining('MalformedDeliveryError'),
  });
});

it('fanOut answers malformed JSON with 400, without path and stack', async () => {
  const response = await post({}, '{"message":');
  expect(response.status).toBe(400);
  const text = await response.text();
  expect(text).toContain('Bad Request');
  expect(text).not.toMatch(/node_modules|\.js|\bat /);
});
