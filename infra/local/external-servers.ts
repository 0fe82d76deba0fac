export type ExternalServers = { pubsub?: string; storage?: string };

/** Taken out of our own environment: there they would redirect clients that are meant for the embedded servers. */
export function externalServers(): ExternalServers {
  const { PUBSUB_EMULATOR_HOST: pubsub, STORAGE_EMULATOR_HOST: storage } = process.env;
  delete process.env.PUBSUB_EMULATOR_HOST;
  delete process.env.STORAGE_EMULATOR_HOST;
  process.env.METADATA_SERVER_DETECTION = 'none';
  return { ...(pubsub && { pubsub }), ...(storage && { storage }) };
}
