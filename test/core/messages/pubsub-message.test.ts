import { describe, expect, it } from 'vitest';
import {
  effectiveOrder,
  MalformedDeliveryError,
  type PubsubMessage,
  readPubsubMessage,
} from '#functions/core/messages/pubsub-message.ts';
import { publishTime } from '../../fixtures/times.ts';
import { expectToThrowWithCode } from '../../match/to-throw-with-code.ts';

const wire = {
  data: Buffer.from('{"ü":1}').toString('base64'),
  messageId: '77',
  publishTime: '2026-11-20T12:00:00.5Z',
  attributes: { source: 'ci' },
};

describe('a delivered message', () => {
  it('is read with its data decoded and its time in nine digits', () => {
    expect(readPubsubMessage({ message: wire, subscription: 's' })).toEqual({
      data: '{"ü":1}',
      messageId: '77',
      publishTime: '2026-11-20T12:00:00.500000000Z',
      attributes: { source: 'ci' },
    });
  });

  it('may lack attributes, and those that are no text are none', () => {
    expect(readPubsubMessage({ message: { ...wire, attributes: undefined } }).attributes).toEqual({});
    expect(readPubsubMessage({ message: { ...wire, attributes: { a: 1, b: 'c' } } }).attributes).toEqual({ b: 'c' });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /got none/],
    ['null', null, /got none/],
    ['text', 'hello', /got none/],
    ['no message', {}, /got none/],
    ['a message without data', { message: { ...wire, data: undefined } }, /no data/],
    ['a message with empty data', { message: { ...wire, data: '' } }, /no data/],
    ['data that is no text', { message: { ...wire, data: 5 } }, /no data/],
    ['no message id', { message: { ...wire, messageId: '' } }, /no messageId/],
    ['no publish time', { message: { ...wire, publishTime: undefined } }, /no publishTime/],
    ['a broken publish time', { message: { ...wire, publishTime: 'soon' } }, /no publishTime/],
  ])('is never taken from %s: the delivery fails', async (_, event, text) => {
    const error = await expectToThrowWithCode(
      () => readPubsubMessage(event),
      MalformedDeliveryError,
      'MALFORMED_DELIVERY',
    );
    expect(error.message).toMatch(text);
  });
});

describe('the place of a message in the order of promotions', () => {
  const received = (attributes: Record<string, string>): PubsubMessage => ({
    data: '{}',
    messageId: '77',
    publishTime: publishTime(60),
    attributes,
  });
  const replay = (originalMessageId: string, originalPublishTime: string) =>
    effectiveOrder(received({ originalMessageId, originalPublishTime }));
  const real = { messageId: '77', publishTime: publishTime(60) };

  it('is its own where it claims none', () => {
    expect(effectiveOrder(received({ other: 'x' }))).toEqual({ ...real, issues: [] });
  });

  it.each([0, 59.999, 60])('is the first one for a replay of a message published at second %d', (second) => {
    expect(replay('12', publishTime(second))).toEqual({
      messageId: '12',
      publishTime: publishTime(second),
      issues: [],
    });
  });

  it('is never later than the real one: nobody jumps the queue', () => {
    expect(replay('12', publishTime(60.001))).toEqual({
      ...real,
      issues: [
        {
          path: 'originalPublishTime',
          message: `${publishTime(60.001)} is later than the message itself, published at ${publishTime(60)}`,
        },
      ],
    });
    expect(replay('12', '2026-11-20T12:01:00.000000001Z').issues).toHaveLength(1);
  });

  it.each([
    [{ originalMessageId: '12' }, ['originalPublishTime']],
    [{ originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: '../x', originalPublishTime: 'soon' }, ['originalPublishTime', 'originalMessageId']],
    [{ originalMessageId: '', originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: 'x'.repeat(101), originalPublishTime: publishTime(0) }, ['originalMessageId']],
    [{ originalMessageId: '1', originalPublishTime: '2026-11-20T24:00:00Z' }, ['originalPublishTime']],
  ])('is refused as %o, with every fault, and stays its own', (attributes, paths) => {
    const { issues, ...order } = effectiveOrder(received(attributes as Record<string, string>));
    expect(order).toEqual(real);
    expect(issues.map(({ path }) => path)).toEqual(paths);
  });

  describe('of a dead letter that is replayed with the attributes that Pub/Sub gave it', () => {
    const replayed = (time: string) => effectiveOrder(received({ CloudPubSubDeadLetterSourceTopicPublishTime: time }));

    it.each(['2026-11-20T11:00:00.25+00:00', '2026-11-20T11:00:00.25Z'])('keeps its place in the order: %s', (time) => {
      expect(replayed(time)).toEqual({
        messageId: '77',
        publishTime: '2026-11-20T11:00:00.250000000Z',
        issues: [],
      });
    });

    it.each(['2027-01-01T00:00:00Z', 'soon'])('is refused with a time that it cannot have: %s', (time) => {
      expect(replayed(time).issues.map(({ path }) => path)).toEqual(['CloudPubSubDeadLetterSourceTopicPublishTime']);
    });
  });
});
