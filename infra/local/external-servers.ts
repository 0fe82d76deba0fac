import { usageError } from '../../functions/terminal/terminal-error.ts';

export type ExternalServers = { pubsub?: string; storage?: string };

const HOST_PORT = /^(?:[\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i;

/**
 * Taken out of our own environment: there they would redirect clients that are meant for the embedded servers.
 *
 * @throws TerminalError usage, because Pub/Sub's client waits a minute for an address that is none.
 */
export function externalServers(): ExternalServers {
  const { PUBSUB_EMULATOR_HOST: pubsub, STORAGE_EMULATOR_HOST: storage } = process.env;
  if (pubsub && !HOST_PORT.test(pubsub)) {
    throw usageError(`PUBSUB_EMULATOR_HOST: expected host:port, got ${JSON.stringify(pubsub)}`);
  }
  delete process.env.PUBSUB_EMULATOR_HOST;
  delete process.env.STORAGE_EMULATOR_HOST;
  process.env.METADATA_SERVER_DETECTION = 'none';
  return { ...(pubsub && { pubsub }), ...(storage && { storage }) };
}
