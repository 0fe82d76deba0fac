import { describe, expect, it } from 'vitest';
import { MalformedDeliveryError, readPubsubMessage } from '#functions/core/messages/pubsub-message.ts';
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
