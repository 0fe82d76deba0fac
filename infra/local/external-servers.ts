import { usageError } from '#functions/cli/errors.ts';

export type ExternalServers = { pubsub?: string; storage?: string };

const HOST_PORT = /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i;

/**
 * Reads the emulator variables and removes them, because they would redirect the clients of the embedded servers.
 *
 * @throws CliError usage for an invalid address: Pub/Sub's client would wait a minute, and the storage client would speak
 * TLS to a plain server.
 */
export function externalServers(): ExternalServers {
  const { PUBSUB_EMULATOR_HOST: pubsub, STORAGE_EMULATOR_HOST: storage } = process.env;
  if (pubsub && !HOST_PORT.test(pubsub)) {
    throw usageError(`PUBSUB_EMULATOR_HOST: expected host:port, got ${JSON.stringify(pubsub)}`);
  }
  const storageUrl = storage ? urlOf(storage) : undefined;
  delete process.env.PUBSUB_EMULATOR_HOST;
  delete process.env.STORAGE_EMULATOR_HOST;
  process.env.METADATA_SERVER_DETECTION = 'none';
  return { ...(pubsub && { pubsub }), ...(storageUrl && { storage: storageUrl }) };
}

/** Go's client takes `host:port`, Node's wants a URL. */
function urlOf(storage: string): string {
  if (HOST_PORT.test(storage)) return `http://${storage}`;
  const url = URL.parse(storage);
  const isServer = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
  if (isServer && url.username === '') return url.origin;
  throw usageError(`STORAGE_EMULATOR_HOST: expected http://host:port, got ${JSON.stringify(storage)}`);
}
