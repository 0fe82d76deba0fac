import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { provisionLocally, removeLocally } from '#functions/cli/commands/tenants/local-provisioner.ts';

let server: Server | undefined;
const asked: string[] = [];

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
  asked.length = 0;
});

async function answering(status: number, body: string): Promise<string> {
  server = createServer((request, response) => {
    let text = `${request.method} ${request.url} `;
    request.on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      asked.push(text);
      response.writeHead(status).end(body);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('provisionLocally and removeLocally', () => {
  it('provisionLocally returns the new job', async () => {
    const base = await answering(201, '{"job":"projects/p/locations/l/jobs/codex-acme"}');
    expect(await provisionLocally(base, 'codex', 'acme')).toBe('projects/p/locations/l/jobs/codex-acme');
    expect(asked).toEqual(['POST /tenants {"runtime":"codex","tenant":"acme"}']);
  });

  it('provisionLocally returns exists for a 409', async () => {
    expect(await provisionLocally(await answering(409, '{"error":"it is"}'), 'codex', 'acme')).toBe('exists');
  });

  it('removeLocally returns removed for a 200', async () => {
    expect(await removeLocally(await answering(200, '{}'), 'codex', 'acme')).toBe('removed');
    expect(asked).toEqual(['DELETE /tenants/codex/acme ']);
  });

  it('removeLocally returns absent for a 404', async () => {
    expect(await removeLocally(await answering(404, '{"error":"no"}'), 'codex', 'acme')).toBe('absent');
  });

  it.each([
    ['another status', 500, '{"error":"the job cannot be made"}', 'answered 500: the job cannot be made'],
    ['no reason', 500, '', 'answered 500: it does not say why'],
    ['a success without a job', 201, '{}', 'answered 201'],
    ['a web page', 200, '<html>', 'does not answer'],
    ['far too much', 201, `{"job":"${'x'.repeat(70_000)}"}`, 'more than 65536 bytes'],
  ])('provisionLocally throws exit code 69 for %s', async (_title, status, body, message) => {
    const base = await answering(status, body);
    await expect(provisionLocally(base, 'codex', 'acme')).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining(message),
    });
  });

  it('removeLocally throws exit code 69 if no provisioner listens', async () => {
    const base = await answering(200, '{}');
    await new Promise((resolve) => server?.close(resolve));
    await expect(removeLocally(base, 'codex', 'acme')).rejects.toMatchObject({ exitCode: 69 });
  });
});
