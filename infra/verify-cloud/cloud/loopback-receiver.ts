import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scratch } from '../runner/scratch.ts';
import type { Push, PushClaims, Receiver } from './cloud.ts';

type Envelope = { message?: { messageId?: string; attributes?: { sleep?: string } } };

/** A receiver in this process, which an emulator of this machine can reach. */
export async function openReceiver(scratch: Scratch): Promise<Receiver> {
  const pushes: Push[] = [];
  const closing = new AbortController();
  const server = createServer(async (request, response) => {
    const { message } = await envelopeOf(request);
    const claims = claimsOf(request.headers.authorization ?? '');
    pushes.push({ path: request.url ?? '', messageId: message?.messageId ?? '', claims });
    await sleep(Number(message?.attributes?.sleep ?? 0) * 1_000, undefined, { signal: closing.signal }).catch(() => {});
    response.writeHead(204).end();
  });
  const listen = () => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await scratch.create('receiver', listen, async () => {
    closing.abort();
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pushAccount: 'push@verify.iam.gserviceaccount.com',
    pushes: async () => [...pushes],
  };
}

async function envelopeOf(request: IncomingMessage): Promise<Envelope> {
  try {
    return JSON.parse(await text(request)) as Envelope;
  } catch {
    return {};
  }
}

/** The claims of an `Authorization: Bearer <JWT>` header, without a check of its signature; none where it holds no JWT. */
function claimsOf(authorization: string): PushClaims {
  const [, payload = ''] = authorization.replace(/^Bearer /, '').split('.');
  try {
    const { aud, email } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as PushClaims;
    return { ...(aud !== undefined && { aud }), ...(email !== undefined && { email }) };
  } catch {
    return {};
  }
}
