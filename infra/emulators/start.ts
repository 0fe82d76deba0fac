import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPubsub } from './pubsub/server.ts';
import { startRun } from './run/server.ts';
import { startStorage } from './storage/server.ts';

/** `node start.ts [--pubsub PORT] [--storage PORT] [--run PORT] [--state-dir DIR]`: the three servers, until SIGINT or SIGTERM. */
const { values } = parseArgs({
  options: {
    pubsub: { type: 'string', default: '8085' },
    storage: { type: 'string', default: '9199' },
    run: { type: 'string', default: '8086' },
    'state-dir': { type: 'string' },
  },
});

function portOf(name: 'pubsub' | 'storage' | 'run'): number {
  const port = Number(values[name]);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new Error(`--${name}: expected a port from 0 to 65535, got ${JSON.stringify(values[name])}`);
}

function stateOf(name: string): { stateDir?: string } {
  const directory = values['state-dir'];
  return directory === undefined ? {} : { stateDir: join(directory, name) };
}

await using servers = new AsyncDisposableStack();
const pubsub = await startPubsub({ port: portOf('pubsub'), ...stateOf('pubsub') });
servers.defer(() => pubsub.close());
const storage = await startStorage({
  port: portOf('storage'),
  pubsubEndpoint: () => pubsub.endpoint,
  ...stateOf('storage'),
});
servers.defer(() => storage.close());
const run = await startRun({ port: portOf('run'), ...stateOf('run') });
servers.defer(() => run.close());

process.stdout.write(
  `export PUBSUB_EMULATOR_HOST=${pubsub.endpoint}\nexport STORAGE_EMULATOR_HOST=${storage.endpoint}\n# Cloud Run: apiEndpoint ${run.endpoint}, insecure credentials\n`,
);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
