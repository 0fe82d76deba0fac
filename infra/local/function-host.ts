import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { getTestServer } from '@google-cloud/functions-framework/testing';

/**
 * Serves one function through functions-framework, in a process of its own, on loopback only (the framework's own command
 * listens on every interface).
 *
 * Called as `node function-host.ts SOURCE NAME PORT`; tells its parent the port that it listens on.
 */
const [source = '', name = '', port = '0'] = process.argv.slice(2);

await import(pathToFileURL(source).href);
const server = getTestServer(name);
server.listen(Number(port), '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});

process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
process.once('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined);
