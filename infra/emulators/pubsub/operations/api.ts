import { createRequire } from 'node:module';
import { type ProtosJson, protoRoot } from '../../grpc/service-definition.ts';
import type { Operation } from './operations.ts';
import { publisherOperations } from './publisher-operations.ts';
import { subscriberOperations } from './subscriber-operations.ts';

/** The descriptors of the client's own API package. */
export const pubsubProtos = createRequire(import.meta.url)(
  '@google-cloud/pubsub-api/build/protos/protos.json',
) as ProtosJson;

export const pubsubRoot = protoRoot(pubsubProtos);

/** Every service of the API with what is served of it; the rest of the methods is answered with UNIMPLEMENTED. */
export const services: Record<string, Record<string, Operation>> = {
  'google.pubsub.v1.Publisher': publisherOperations,
  'google.pubsub.v1.Subscriber': subscriberOperations,
  'google.pubsub.v1.SchemaService': {},
};

export function unimplemented(method: string): string {
  return `The embedded Pub/Sub does not implement ${method}.`;
}
