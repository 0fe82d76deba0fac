import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sniff } from '../../../../infra/emulators/grpc/protocol-multiplexer.ts';
import { type LocalPubsub, startPubsub } from '../../../../infra/emulators/pubsub/server.ts';

let server: LocalPubsub;
beforeEach(async () => {
  server = await startPubsub();
});
afterEach(() => server.close());

test.each([
  ['P', 'more'],
  ['PRI * HTTP/', 'more'],
  ['PRI * HTTP/2.0', 'http2'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
  ['POST /v1/', 'http1'],
  ['PUT', 'http1'],
  ['GET / HTTP/1.1', 'http1'],
  ['PRI * HTTP/1.1', 'http1'],
])('sniff reads %j as %s', (bytes, kind) => {
  expect(sniff(Buffer.from(bytes))).toBe(kind);
});

describe('startPubsub on one port', () => {
  test('answers a request that arrives byte by byte', async () => {
    const [host, port] = server.endpoint.split(':');
    const socket = connectSocket(Number(port), host);
    socket.setNoDelay(true);
    const body = '{}';
    const request = `PUT /v1/projects/p/topics/slow HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    for (const byte of request.slice(0, 30)) {
      socket.write(byte);
      await sleep(1);
    }
    socket.write(request.slice(30));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    socket.destroy();
  });

  test('answers several requests over one connection', async () => {
    const url = `http://${server.endpoint}/v1/projects/p/topics`;
    const statuses = [];
    for (const name of ['kept-1', 'kept-2', 'kept-2']) {
      const response = await fetch(`${url}/${name}`, { method: 'PUT', body: '{}' });
      await response.text();
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 409]);
  });

  test('serves a client that PUBSUB_EMULATOR_HOST directs to it', async () => {
    const before = process.env.PUBSUB_EMULATOR_HOST;
    process.env.PUBSUB_EMULATOR_HOST = server.endpoint;
    try {
      const pubsub = new PubSub({ projectId: 'p' });
      await pubsub.createTopic('from-env');
      const { status } = await fetch(`http://${server.endpoint}/v1/projects/p/topics/from-env`);
      expect(status).toBe(200);
      await pubsub.close();
    } finally {
      if (before === undefined) delete process.env.PUBSUB_EMULATOR_HOST;
      else process.env.PUBSUB_EMULATOR_HOST = before;
    }
  });

  test('rejects with EADDRINUSE on a taken port', async () => {
    const port = Number(server.endpoint.split(':')[1]);
    await expect(startPubsub({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('startPubsub with unserved requests', () => {
  test('answers UNIMPLEMENTED with the method’s name over gRPC, also for another service', async () => {
    const [servicePath, port] = server.endpoint.split(':');
    const options = { servicePath, port: Number(port), sslCreds: credentials.createInsecure(), projectId: 'p' };
    const schemas = new v1.SchemaServiceClient(options);
    const listed = schemas.getSchema({ name: 'projects/p/schemas/s' });
    await expect(listed).rejects.toMatchObject({ code: 12, details: expect.stringContaining('GetSchema') });
    await schemas.close();
  });

  test.each([
    ['POST', 'projects/p/subscriptions/sub:seek', 501, 'UNIMPLEMENTED', 'Seek'],
    ['GET', 'projects/p/snapshots', 501, 'UNIMPLEMENTED', 'ListSnapshots'],
    ['PATCH', 'projects/p/topics/top', 501, 'UNIMPLEMENTED', 'UpdateTopic'],
    ['GET', 'projects/p/nonsense', 404, 'NOT_FOUND', '/v1/projects/p/nonsense'],
    ['GET', 'projects/p/topics/%E0%A4%A', 404, 'NOT_FOUND', 'topics'],
  ])('answers %s %s over REST with %i %s and the name', async (method, path, status, code, name) => {
    const response = await fetch(`http://${server.endpoint}/v1/${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      error: { code: status, status: code, message: expect.stringContaining(name) },
    });
  });

  test.each([
    ['bigqueryConfig', { bigqueryConfig: { table: 'p.d.t' } }],
    ['enableExactlyOnceDelivery', { enableExactlyOnceDelivery: true }],
    ['noWrapper', { pushConfig: { pushEndpoint: 'http://127.0.0.1/', noWrapper: { writeMetadata: true } } }],
  ])('refuses a subscription with %s, and does not create it', async (field, options) => {
    const url = `http://${server.endpoint}/v1/projects/p`;
    await fetch(`${url}/topics/top`, { method: 'PUT', body: '{}' });
    const body = JSON.stringify({ topic: 'projects/p/topics/top', ...options });
    const response = await fetch(`${url}/subscriptions/sub`, { method: 'PUT', body });
    expect(await response.json()).toMatchObject({ error: { code: 501, message: expect.stringContaining(field) } });
    expect((await fetch(`${url}/subscriptions/sub`)).status).toBe(404);
  });

  test('refuses a body above its limit, and creates nothing', async () => {
    const url = `http://${server.endpoint}/v1/projects/p/topics/top`;
    const response = await fetch(url, { method: 'PUT', body: Buffer.alloc(15_000_001, ' ') });
    expect(response.status).toBe(400);
    expect((await fetch(url)).status).toBe(404);
  });
});

test('a closing server ends its open calls', async () => {
  const other = await startPubsub();
  const [servicePath, port] = other.endpoint.split(':');
  const subscriber = new v1.SubscriberClient({
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    projectId: 'p',
  });
  const url = `http://${other.endpoint}/v1/projects/p`;
  await fetch(`${url}/topics/top`, { method: 'PUT', body: '{}' });
  await fetch(`${url}/subscriptions/sub`, { method: 'PUT', body: '{"topic":"projects/p/topics/top"}' });
  const once = { retry: { retryCodes: [], backoffSettings: undefined as never } };
  const pull = subscriber.pull({ subscription: 'projects/p/subscriptions/sub', maxMessages: 1 }, once);
  const ended = expect(pull).rejects.toMatchObject({ code: 14 });
  await sleep(50);
  await other.close();
  await ended;
  await subscriber.close();
});
