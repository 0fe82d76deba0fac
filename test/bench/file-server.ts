import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** `node file-server.ts <folder>`: serves its files over HTTP on a free port, which it prints. */
const [folder = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  const path = join(folder, request.url ?? '');
  response.writeHead(200, { 'content-length': statSync(path).size, etag: '"1"' });
  createReadStream(path, { highWaterMark: 1024 * 1024 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
