import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

/** A request or response as plain data: int64 and enums are strings, bytes are Buffers, unset messages are null. */
export type Message = Record<string, unknown>;

/** The content of a Google client package's `protos.json`. */
export type ProtosJson = protobuf.INamespace;

const READING: protobuf.IConversionOptions = {
  longs: String,
  enums: String,
  bytes: Buffer,
  defaults: true,
  oneofs: true,
};

const roots = new WeakMap<ProtosJson, protobuf.Root>();

/** The parsed descriptors. Parsing takes tens of milliseconds, so it is done once per file. */
export function protoRoot(protosJson: ProtosJson): protobuf.Root {
  const known = roots.get(protosJson);
  if (known) return known;
  const root = protobuf.Root.fromJSON(protosJson);
  root.resolveAll();
  roots.set(protosJson, root);
  return root;
}

function codec(type: protobuf.Type) {
  return {
    serialize: (value: Message): Buffer => Buffer.from(type.encode(type.fromObject(value)).finish()),
    deserialize: (bytes: Buffer): Message => type.toObject(type.decode(bytes), READING),
  };
}

function methodDefinition(service: protobuf.Service, method: protobuf.Method): MethodDefinition<Message, Message> {
  method.resolve();
  const request = codec(method.resolvedRequestType as protobuf.Type);
  const response = codec(method.resolvedResponseType as protobuf.Type);
  return {
    path: `/${service.fullName.replace(/^\./, '')}/${method.name}`,
    originalName: method.name.charAt(0).toLowerCase() + method.name.slice(1),
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: request.serialize,
    requestDeserialize: request.deserialize,
    responseSerialize: response.serialize,
    responseDeserialize: response.deserialize,
  };
}

/**
 * The grpc-js definition of one service, for `server.addService` or `makeGenericClientConstructor`, keyed by the
 * proto's own method names (`CreateTopic`).
 *
 * @param serviceName full name, for example `google.pubsub.v1.Publisher`
 * @throws Error when the descriptors have no such service
 */
export function serviceDefinition(protosJson: ProtosJson, serviceName: string): ServiceDefinition {
  const service = protoRoot(protosJson).lookupService(serviceName);
  return Object.fromEntries(service.methodsArray.map((method) => [method.name, methodDefinition(service, method)]));
}
