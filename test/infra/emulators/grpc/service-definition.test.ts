import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { type ProtosJson, serviceDefinition } from '../../../../infra/emulators/grpc/service-definition.ts';

const protosJson = createRequire(import.meta.url)('@google-cloud/pubsub-api/build/protos/protos.json') as ProtosJson;

test('a method carries its wire path and whether it streams', () => {
  const subscriber = serviceDefinition(protosJson, 'google.pubsub.v1.Subscriber');
  expect(subscriber.Pull).toMatchObject({ path: '/google.pubsub.v1.Subscriber/Pull', requestStream: false });
  expect(subscriber.StreamingPull).toMatchObject({ requestStream: true, responseStream: true });
});

test('messages keep bytes, longs, enums and the defaults of unset fields over the wire', () => {
  const { StreamingPull } = serviceDefinition(protosJson, 'google.pubsub.v1.Subscriber');
  const { CreateTopic } = serviceDefinition(protosJson, 'google.pubsub.v1.Publisher');
  const pull = StreamingPull?.requestDeserialize(
    StreamingPull.requestSerialize({ subscription: 's', maxOutstandingMessages: '9007199254740993' }),
  );
  expect(pull).toMatchObject({ maxOutstandingMessages: '9007199254740993', ackIds: [], clientId: '' });
  const topic = CreateTopic?.requestDeserialize(CreateTopic.requestSerialize({ name: 't', state: 'ACTIVE' }));
  expect(topic).toMatchObject({ name: 't', state: 'ACTIVE', labels: {}, schemaSettings: null });
});

test('bytes arrive as a Buffer, empty ones too', () => {
  const { Publish } = serviceDefinition(protosJson, 'google.pubsub.v1.Publisher');
  const request = { topic: 't', messages: [{ data: Buffer.from([0, 255]) }, { attributes: { k: 'v' } }] };
  const back = Publish?.requestDeserialize(Publish.requestSerialize(request)) as { messages: { data: unknown }[] };
  expect(back.messages.map(({ data }) => data)).toEqual([Buffer.from([0, 255]), Buffer.alloc(0)]);
  expect(back.messages.every(({ data }) => Buffer.isBuffer(data))).toBe(true);
});

test('an unknown service is named in the error', () => {
  expect(() => serviceDefinition(protosJson, 'google.pubsub.v1.Nothing')).toThrow(/google\.pubsub\.v1\.Nothing/);
});
