import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pubsubRoot } from '../../../../infra/emulators/pubsub/operations/api.ts';
import { RpcError } from '../../../../infra/emulators/pubsub/resources/rpc-error.ts';
import { fromProtoJson, toProtoJson } from '../../../../infra/emulators/pubsub/rest/proto-json.ts';

const type = (name: string) => pubsubRoot.lookupType(`google.pubsub.v1.${name}`);
const message = type('PubsubMessage');
const subscription = type('Subscription');

describe('proto3 JSON', () => {
  test('fromProtoJson reads names in either spelling, and null as unset', () => {
    const json = { ack_deadline_seconds: 20, retryPolicy: { minimum_backoff: '1.5s' }, filter: null };
    expect(fromProtoJson(subscription, json)).toEqual({
      ackDeadlineSeconds: 20,
      retryPolicy: { minimumBackoff: { seconds: '1', nanos: 500_000_000 } },
    });
  });

  test('times, durations, masks and bytes have their own forms', () => {
    const written = toProtoJson(message, {
      publishTime: { seconds: '1795255200', nanos: 5_000_000 },
      data: Buffer.from([255, 254]),
    });
    expect(written).toEqual({ publishTime: '2026-11-21T10:00:00.005Z', data: '//4=' });
    expect(fromProtoJson(message, { ...written, data: '__4' })).toEqual({
      publishTime: { seconds: '1795255200', nanos: 5_000_000 },
      data: Buffer.from([255, 254]),
    });
    const update = fromProtoJson(type('UpdateSubscriptionRequest'), { updateMask: 'ackDeadlineSeconds,push_config' });
    expect(update).toEqual({ updateMask: { paths: ['ack_deadline_seconds', 'push_config'] } });
  });

  test('toProtoJson omits defaults, but keeps an empty message', () => {
    const written = toProtoJson(subscription, {
      name: 'n',
      filter: '',
      ackDeadlineSeconds: 0,
      labels: {},
      pushConfig: { pushEndpoint: '' },
    });
    expect(written).toEqual({ name: 'n', pushConfig: {} });
  });

  test('toProtoJson keeps the text "0"', () => {
    expect(toProtoJson(message, { orderingKey: '0' })).toEqual({ orderingKey: '0' });
  });

  test('any written message is read as it was', () => {
    const given = fc.record({
      data: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
      attributes: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
        fc.string(),
        { minKeys: 1 },
      ),
      orderingKey: fc.string({ minLength: 1 }),
    });
    fc.assert(
      fc.property(given, (value) => {
        const json = JSON.parse(JSON.stringify(toProtoJson(message, value)));
        expect(fromProtoJson(message, json)).toEqual({ ...value, attributes: { ...value.attributes } });
      }),
    );
  });

  test.each([
    [subscription, { nonsense: 1 }, 'Unknown name "nonsense"'],
    [subscription, { pushConfig: { nonsense: 1 } }, 'Unknown name "pushConfig.nonsense"'],
    [subscription, { ackDeadlineSeconds: 'soon' }, "'ackDeadlineSeconds': a number"],
    [subscription, { retryPolicy: { minimumBackoff: 3 } }, "'retryPolicy.minimumBackoff': 3 is no duration"],
    [subscription, { enableMessageOrdering: 'yes' }, "'enableMessageOrdering': true or false"],
    [subscription, { labels: [] }, "'labels': an object"],
    [subscription, { labels: { a: 1 } }, "'labels.a': a string"],
    [type('PublishRequest'), { messages: {} }, "'messages': a list"],
    [type('PublishRequest'), { messages: [{ data: 1 }] }, "'messages[0].data': a base64 string"],
    [type('PublishRequest'), [], 'an object is wanted'],
  ])('%s refuses %j', (of, json, reason) => {
    const refused = expect(() => fromProtoJson(of, json));
    refused.toThrow(RpcError);
    refused.toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(reason) }));
  });
});
