import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tar } from '../fixtures/archives/tar.ts';
import { temporaryFolder } from '../fixtures/archives/temporary-folder.ts';
import { startDirect } from './direct.ts';

const environment = tar([
  { name: 'bin/work', content: '#!/bin/sh\necho it works\n', mode: 0o755 },
  { name: 'data', content: Buffer.alloc(5_000_000, 'data') },
]);

/** A server for `localhost` that vouches for itself, with a certificate that this test makes. */
async function serveSecurely(): Promise<{ url: string; certificate: string }> {
  const folder = temporaryFolder();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-nodes', '-keyout', key, '-out', certificate, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...files, ...subject], { stdio: 'ignore' });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_request, response) => {
    response.writeHead(200, { 'content-length': environment.length }).end(environment);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/environment.tar`, certificate };
}

describe('pincast-sandbox over HTTPS', () => {
  it('downloads from a server with a trusted certificate', async () => {
    const { url, certificate } = await serveSecurely();
    const env = { NODE_EXTRA_CA_CERTS: certificate };
    expect(await startDirect(environment, { command: ['work'], url, env }).ended).toMatchObject({
      exitCode: 0,
      stdout: 'it works\n',
    });
  });

  it('refuses a server with a self-signed certificate, and leaves nothing', async () => {
    const { url } = await serveSecurely();
    const ran = await startDirect(environment, { command: ['work'], url }).ended;
    expect(ran).toMatchObject({ exitCode: 69, stdout: '', left: [], error: { code: 'ENVIRONMENT_UNAVAILABLE' } });
    expect(ran.error?.message).toMatch(/self-signed certificate/);
  });
});
