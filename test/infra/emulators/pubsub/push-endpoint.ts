import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type PushedMessage = {
  data?: string;
  attributes?: Record<string, string>;
  messageId: string;
  message_id: string;
  publishTime: string;
  publish_time: string;
  orderingKey?: string;
};

type Push = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: { message: PushedMessage; subscription: string; deliveryAttempt?: number };
  at: number;
};

/** Given each push and how many came before, the status to answer, or what to do with the response instead. */
export type PushAnswer = (push: Push, before: number, response: ServerResponse) => number | undefined;

/** A web server that keeps what is pushed to it. */
export async function openPushEndpoint(answer: PushAnswer = () => 204) {
  const pushes: Push[] = [];
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Push['body'];
    const { method = '', url = '', headers } = request;
    const push = { method, path: url, headers, body, at: performance.now() };
    const status = answer(push, pushes.length, response);
    pushes.push(push);
    if (status !== undefined) response.writeHead(status).end();
  }
  // A push that breaks off in the middle has not arrived.
  const server = createServer((request, response) => void receive(request, response).catch(() => response.destroy()));
  server.on('clientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`,
    pushes,
    data: () => pushes.map(({ body }) => Buffer.from(body.message.data ?? '', 'base64').toString()),
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
