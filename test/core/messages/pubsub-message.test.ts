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

describe('readPubsubMessage', () => {
  it('decodes the data and pads the time to nine digits', () => {
    expect(readPubsubMessage({ message: wire, subscription: 's' })).toEqual({
      data: '{"ü":1}',
      messageId: '77',
      publishTime: '2026-11-20T12:00:00.500000000Z',
      attributes: { source: 'ci' },
    });
  });

  it('accepts missing attributes, and drops those that are not text', () => {
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
  ])('throws MalformedDeliveryError for %s', async (_, event, text) => {
    const error = await expectToThrowWithCode(
      () => readPubsubMessage(event),
      MalformedDeliveryError,
      'MALFORMED_DELIVERY',
    );
    expect(error.message).toMatch(text);
  });
});

describe('effectiveOrder', () => {
  const received = (attributes: Record<string, string>): PubsubMessage => ({
    data: '{}',
    messageId: '77',
    publishTime: publishTime(60),
    attributes,
  });
  const replay = (originalMessageId: string, originalPublishTime: string) =>
    effectiveOrder(received({ originalMessageId, originalPublishTime }));
  const real = { messageId: '77', publishTime: publishTime(60) };

  it('returns the message’s own order without claims', () => {
    expect(effectiveOrder(received({ other: 'x' }))).toEqual({ ...real, issues: [] });
  });

  it.each([0, 59.999, 60])('returns the first order for a replay published at second %d', (second) => {
    expect(replay('12', publishTime(second))).toEqual({
      messageId: '12',
      publishTime: publishTime(second),
      issues: [],
    });
  });

  it('never returns a later time than the message’s own', () => {
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
  ])('rejects %o with every issue, and keeps its own order', (attributes, paths) => {
    const { issues, ...order } = effectiveOrder(received(attributes as Record<string, string>));
    expect(order).toEqual(real);
    expect(issues.map(({ path }) => path)).toEqual(paths);
  });

  describe('effectiveOrder of a dead letter replayed with Pub/Sub’s attributes', () => {
    const replayed = (time: string) => effectiveOrder(received({ CloudPubSubDeadLetterSourceTopicPublishTime: time }));

    it.each(['2026-11-20T11:00:00.25+00:00', '2026-11-20T11:00:00.25Z'])(
      'a replayed dead letter keeps its time: %s',
      (time) => {
        expect(replayed(time)).toEqual({
          messageId: '77',
          publishTime: '2026-11-20T11:00:00.250000000Z',
          issues: [],
        });
      },
    );

    it.each(['2027-01-01T00:00:00Z', 'soon'])(
      'a replayed dead letter is refused with an impossible time: %s',
      (time) => {
        expect(replayed(time).issues.map(({ path }) => path)).toEqual(['CloudPubSubDeadLetterSourceTopicPublishTime']);
      },
    );
  });
});
