import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import type { FunctionStart } from './function-process.ts';

/**
 * Serves one function through functions-framework, in a process of its own, on loopback only (the framework's own command
 * listens on every interface).
 *
 * The parent sends the function and its environment variables later; slow modules, and those named by the arguments, load
 * meanwhile. The process answers with its port.
 */
const start = once(process, 'message');
process.once('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides when its functions end.
process.on('SIGINT', () => undefined);

const [{ getTestServer }] = await Promise.all([
  import('@google-cloud/functions-framework/testing'),
  import('#functions/google/cloud.ts'),
  ...process.argv.slice(2).map((path) => import(pathToFileURL(path).href)),
]);
const [{ name, source, env, port }] = (await start) as [FunctionStart];
Object.assign(process.env, env);
await import(pathToFileURL(source).href);

const server = getTestServer(name);
server.listen(port, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
