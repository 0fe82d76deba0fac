import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpUpload } from '#functions/host/http/upload.ts';
import { StorageError } from '#functions/ports/sandbox.ts';

const archive = {
  bytes: 10,
  chunks: async function* () {
    yield Buffer.alloc(10);
  },
  close: () => undefined,
};

describe('httpUpload', () => {
  it('ends an upload to a server that sends only 102 responses', async () => {
    const server = createServer((_request, response) => {
      const timer = setInterval(() => response.writeProcessing(), 10);
      response.once('close', () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://u:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}/o?sig=s3cret`;
    const put = httpUpload(url, { windowMs: 100, windowBytes: 1 }).put(archive);
    await expect(put).rejects.toThrow(StorageError);
    await expect(put).rejects.toThrow(/REDACTED@.*REDACTED: got 0 bytes in 0.1 s/);
    await expect(put).rejects.not.toThrow(/s3cret/);
  });
});
