import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download } from '#functions/flows/sandbox/download/download.ts';
import { httpGet } from '#functions/host/http/get.ts';
import { httpSource } from '#functions/host/http/source.ts';
import { FakeFile, fakeMachine } from '../../flows/sandbox/fakes.ts';
import { digestOf } from '../../sandbox/fleet.ts';

const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 31) % 256));

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers the requests in turn, the last answer also all later ones, and keeps what was asked. */
async function serve(...answers: Answer[]) {
  const asked: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request);
    const answer = answers[Math.min(asked.length, answers.length) - 1] as Answer;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/environment.tar?sig=s3cret` };
}

/** As an object store does it: ranges while the validator holds. */
const store =
  (etag: string, cutAfter = Number.POSITIVE_INFINITY): Answer =>
  (request, response) => {
    const isRange = request.headers['if-range'] === etag && request.headers.range !== undefined;
    const start = isRange ? Number(/\d+/.exec(request.headers.range ?? '')?.[0]) : 0;
    const body = content.subarray(start);
    response.writeHead(isRange ? 206 : 200, {
      etag,
      'content-length': body.length,
      ...(isRange ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    if (body.length <= cutAfter) response.end(body);
    else response.write(body.subarray(0, cutAfter), () => response.destroy());
  };

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(code, headers).end('no');
  };

async function fetched(url: string) {
  const source = httpSource(url);
  const machine = fakeMachine();
  const file = new FakeFile();
  const archive = await download({ source, stat: await source.stat(), file, maxBytes: 1_000_000 }, machine);
  return { archive, said: machine.said.join('\n') };
}

describe('httpSource', () => {
  it('downloads the environment as it is stored', async () => {
    const { url, asked } = await serve(store('"1"'));
    expect((await fetched(url)).archive).toMatchObject({ bytes: content.length, digest: digestOf(content) });
    expect(asked[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('resumes a broken download at the byte it reached', async () => {
    const { url, asked } = await serve(store('"1"', 70_000), store('"1"', 50_000), store('"1"'));
    const { archive, said } = await fetched(url);
    expect(archive.digest).toBe(digestOf(content));
    expect(archive.file.bytes.equals(content)).toBe(true);
    expect(asked.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=70000-', 'bytes=120000-']);
    expect(said).not.toContain('s3cret');
  });

  it('starts again if the object was replaced in the meantime', async () => {
    const { url } = await serve(store('"1"', 70_000), store('"2"'));
    expect((await fetched(url)).archive).toMatchObject({ bytes: content.length, digest: digestOf(content) });
  });

  it('starts again without a strong validator', async () => {
    const { url, asked } = await serve(store('W/"1"', 70_000), store('W/"1"'));
    expect((await fetched(url)).archive.digest).toBe(digestOf(content));
    expect(asked[1]?.headers.range).toBeUndefined();
  });

  it('retries after 5xx and 429', async () => {
    const { url, asked } = await serve(status(503), status(429), store('"1"'));
    expect((await fetched(url)).archive.digest).toBe(digestOf(content));
    expect(asked).toHaveLength(3);
  });

  it.each([
    [404, 'ENVIRONMENT_NOT_FOUND'],
    [403, 'ENVIRONMENT_NOT_FOUND'],
    [400, 'ENVIRONMENT_UNAVAILABLE'],
    [401, 'ENVIRONMENT_UNAVAILABLE'],
  ])('does not retry after HTTP %i, and hides the signature', async (code, error) => {
    const { url, asked } = await serve(status(code));
    const refusal = await fetched(url).catch((cause: unknown) => cause);
    expect(refusal).toMatchObject({ code: error, message: expect.stringContaining('?REDACTED') });
    expect(asked).toHaveLength(1);
  });

  it('follows redirects, relative ones too', async () => {
    const { url, asked } = await serve(status(302, { location: '/a' }), status(307, { location: 'b?c' }), store('"1"'));
    expect((await fetched(url)).archive.digest).toBe(digestOf(content));
    expect(asked.map((request) => request.url)).toEqual(['/environment.tar?sig=s3cret', '/a', '/b?c']);
  });

  it.each([
    ['in a circle', '/environment.tar', /redirects more than 10 times/],
    ['to a file', 'file:///etc/passwd', /which is no http URL/],
  ])('rejects redirects that lead %s', async (_where, location, message) => {
    const { url } = await serve(status(302, { location }));
    await expect(fetched(url)).rejects.toThrow(message);
  });

  it('rejects a response with a Content-Encoding', async () => {
    const { url } = await serve(status(200, { 'content-encoding': 'gzip' }));
    await expect(fetched(url)).rejects.toThrow(/Content-Encoding \("gzip"\)/);
  });

  it('rejects a range that differs from the request’s', async () => {
    const other: Answer = (_request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 5-9/10', 'content-length': '5' }).end('aaaaa');
    };
    const { url } = await serve(store('"1"', 70_000), other);
    await expect(fetched(url)).rejects.toThrow(/asked for bytes from 70000, got "bytes 5-9/);
  });
});

describe('httpGet', () => {
  const redirecting = (location: string): Answer => status(302, { location });

  it('httpGet sends credentials to the origin of the request only', async () => {
    const other = await serve(store('"1"'));
    const own = await serve(redirecting('/again'), redirecting(other.url));
    await httpGet(
      own.url,
      { authorization: 'Bearer s3cret', cookie: 'a=s3cret', range: 'bytes=0-' },
      () => () => undefined,
    );
    expect(own.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer s3cret', 'Bearer s3cret']);
    expect(other.asked.map(({ headers }) => [headers.authorization, headers.cookie])).toEqual([[undefined, undefined]]);
    expect(other.asked[0]?.headers.range).toBe('bytes=0-');
  });
});
