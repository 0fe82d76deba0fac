import { type AddressInfo, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bodyReader } from '#functions/host/http/body.ts';
import { exchange } from '#functions/host/http/exchange.ts';
import { HeadReader } from '#functions/host/http/head.ts';

/** A server that writes these pieces as they are, one packet after the other, and closes. */
async function serveRaw(...pieces: string[]): Promise<URL> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', async () => {
      for (const piece of pieces) await new Promise((resolve) => socket.write(piece, 'latin1', resolve));
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

async function got(...pieces: string[]) {
  let body = '';
  const head = await exchange(await serveRaw(...pieces), {}, () => (chunk) => {
    body += chunk.toString('latin1');
  });
  return { status: head.status, body };
}

/** A server that goes on writing this, a little at a time, until the connection ends. */
async function serveForEver(begin: string, more: string): Promise<URL> {
  const server = createServer((socket) => {
    socket.write(begin);
    const timer = setInterval(() => socket.write(more), 10);
    socket.on('error', () => undefined);
    socket.once('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

describe('exchange with a slow server', () => {
  const pace = { windowMs: 200, windowBytes: 1_000 };
  const CHUNKED = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

  it.each<[string, string, string]>([
    ['bytes of a body', 'HTTP/1.1 200 OK\r\n\r\n', 'x'],
    ['chunks of one byte', CHUNKED, `1;${'x'.repeat(900)}\r\nx\r\n`],
    ['trailers', `${CHUNKED}0\r\n`, 't: 1\r\n'],
    ['bytes of a head', 'HTTP/1.1 200 OK\r\nx: ', 'x'],
  ])('closes the connection of a server that sends only %s', async (_what, begin, more) => {
    const url = await serveForEver(begin, more);
    const answer = exchange(url, {}, () => () => undefined, pace);
    await expect(answer).rejects.toThrow(/in 0.2 s, expected at least 1000/);
  });

  it('reads a body that keeps the pace, over any number of windows', async () => {
    let bytes = 0;
    const take = () => (chunk: Buffer) => {
      bytes += chunk.length;
    };
    const url = await serveForEver('HTTP/1.1 200 OK\r\ncontent-length: 600000\r\n\r\n', 'x'.repeat(4_000));
    // Long windows: a busy machine may stop this process for some of a window, and that is no stall of the server.
    await exchange(url, {}, take, { ...pace, windowMs: 500 });
    expect(bytes).toBe(600_000);
  });
});

describe('exchange', () => {
  it.each<[string, string[], string]>([
    ['a content length', ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', 'lo, more'], 'hello'],
    [
      'chunks',
      ['HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r', '\n2\r\nlo\r\n0\r\nT: 1\r\n\r\n'],
      'hello',
    ],
    ['the end of the connection', ['HTTP/1.0 200 OK\r\n\r\nhel', 'lo'], 'hello'],
    ['nothing', ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'], ''],
    ['a 100 before it', ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'], 'ok'],
    ['a head in pieces', ['HT', 'TP/1.1 200 OK\r\ncontent-length: 2\r', '\n', '\r\nok'], 'ok'],
  ])('reads a body with %s', async (_how, pieces, body) => {
    expect(await got(...pieces)).toEqual({ status: 200, body });
  });

  it.each<[string, string[], RegExp]>([
    ['a short body', ['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc'], /6 bytes before the body/],
    ['missing chunks', ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'], /before the last chunk/],
    ['a chunk without length', ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'], /length of a chunk/],
    ['a chunk beyond its length', ['HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nabc\r\n'], /longer than/],
    ['no head', ['HTTP/1.1 200 OK\r\ncontent-le'], /before the response/],
    ['nothing at all', [], /before the response/],
    ['another protocol', ['SSH-2.0-OpenSSH\r\n\r\n'], /expected an HTTP response/],
    [
      'a line break in a header',
      ['HTTP/1.1 200 OK\r\nx: a\n{"severity":"CRITICAL"}\r\n\r\n'],
      /expected a header, got "x: a\\n/,
    ],
    ['a bare return in a header', ['HTTP/1.1 200 OK\r\nx: a\rb\r\n\r\n'], /expected a header/],
    ['a flood of 1xx heads', ['HTTP/1.1 103 x\r\n\r\n'.repeat(60_000)], /more than 20 heads with 1xx/],
    [
      'endless trailers',
      [`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${'t: 1\r\n'.repeat(20_000)}`],
      /more than 65536 bytes of trailers/,
    ],
    ['an endless head', [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}`], /more than 65536 bytes/],
    ['a long head', [`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}\r\n\r\nabc`], /more than 65536 bytes/],
    ['another coding', ['HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc'], /transfer coding/],
    ['a length that is none', ['HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'], /content length/],
  ])('rejects a response with %s', async (_what, pieces, message) => {
    await expect(got(...pieces)).rejects.toThrow(message);
  });

  it('throws what the taker throws, and closes the connection', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\n\r\nabc');
    const taker = () => () => {
      throw new Error('too much');
    };
    await expect(exchange(url, {}, taker)).rejects.toThrow('too much');
  });

  it('rejects a header value with a line break', async () => {
    const url = await serveRaw('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    await expect(exchange(url, { range: 'a\r\nx: y' }, () => null)).rejects.toThrow('line break');
  });

  it('reads the same body for every division into chunks', () => {
    const response = Buffer.from(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nabcd\r\na\r\n0123456789\r\n0\r\n\r\n',
    );
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: response.length }), { maxLength: 12 }), (cuts) => {
        const borders = [0, ...cuts.sort((a, b) => a - b), response.length];
        const pieces = borders.slice(1).map((end, index) => response.subarray(borders[index], end));
        expect(readPieces(pieces)).toBe('abcd0123456789');
      }),
    );
  });
});

function readPieces(pieces: readonly Buffer[]): string {
  const head = new HeadReader();
  let body: ReturnType<typeof bodyReader> | undefined;
  let text = '';
  for (const piece of pieces) {
    if (body !== undefined) body.read(piece);
    else {
      const found = head.read(piece);
      if (found === undefined) continue;
      body = bodyReader(found.head, (chunk) => {
        text += chunk.toString();
      });
      body.read(piece.subarray(found.bodyAt));
    }
  }
  body?.end();
  return text;
}
