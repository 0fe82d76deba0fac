import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `node file-server.ts <folder> [megabytes a second]`: serves its files over HTTP on a free port, which it prints, by
 * their names and as Cloud Storage's JSON API does; each connection gets at most so much.
 */
const [folder = '', megabytesPerSecond = ''] = process.argv.slice(2);
const PIECE = 512 * 1024;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '', 'http://bench');
  const path = join(folder, basename(decodeURIComponent(url.pathname)));
  const { size } = statSync(path);
  if (url.pathname.startsWith('/storage/') && url.searchParams.get('alt') !== 'media') {
    const metadata = JSON.stringify({ generation: '1', size: String(size) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(metadata);
    return;
  }
  const [, first = '0', last = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const range = { start: Number(first), end: last === '' ? size - 1 : Number(last) };
  const length = range.end - range.start + 1;
  const contentRange = `bytes ${range.start}-${range.end}/${size}`;
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    'content-length': length,
    etag: '"1"',
    ...(request.headers.range === undefined ? {} : { 'content-range': contentRange }),
  });
  const bytes = createReadStream(path, { ...range, highWaterMark: PIECE });
  if (megabytesPerSecond === '') bytes.pipe(response);
  else await throttle(bytes, response, Number(megabytesPerSecond) * 1e6);
}

async function throttle(bytes: AsyncIterable<Buffer>, response: ServerResponse, perSecond: number): Promise<void> {
  const start = performance.now();
  let sent = 0;
  for await (const chunk of bytes) {
    const ahead = sent / perSecond - (performance.now() - start) / 1_000;
    if (ahead > 0.002) await sleep(ahead * 1_000);
    response.write(chunk);
    sent += chunk.length;
  }
  response.end();
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
