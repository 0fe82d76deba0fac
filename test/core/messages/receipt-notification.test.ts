import { describe, expect, it } from 'vitest';
import { receiptInNotification } from '#functions/core/messages/receipt-notification.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { filedReceipt } from '../../fixtures/receipt.ts';

const filed = filedReceipt();
const resource = (changes: object = {}) =>
  JSON.stringify({ name: filed.object, metadata: { record: formatRecord(filed.receipt) }, ...changes });

describe('a receipt in its own notification', () => {
  it('is read from the metadata of the resource', () => {
    expect(receiptInNotification(resource(), filed.object)).toEqual(filed);
  });

  it.each([
    ['of another object', resource({ name: 'acme/codex/other/0-0-adopted.json' })],
    ['without metadata', resource({ metadata: null })],
    ['with something else there', resource({ metadata: { record: '{"kind":"adopted"}' } })],
    ['with a record that is no text', resource({ metadata: { record: 7 } })],
    ['that is no JSON', 'hello'],
    ['that is null', 'null'],
  ])('%s is none, and will be read', (_what, data) => {
    expect(receiptInNotification(data, filed.object)).toBeUndefined();
  });
});
