import { describe, expect, it } from 'vitest';
import { receiptInNotification } from '#functions/core/messages/receipt-notification.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';

const filed = buildStoredReceipt();
const resource = (changes: object = {}) =>
  JSON.stringify({ name: filed.object, metadata: { record: formatRecord(filed.receipt) }, ...changes });

describe('receiptInNotification', () => {
  it('reads the receipt in the resource’s metadata', () => {
    expect(receiptInNotification(resource(), filed.object)).toEqual(filed);
  });

  it.each([
    ['of another object', resource({ name: 'acme/codex/other/0-0-adopted.json' })],
    ['without metadata', resource({ metadata: null })],
    ['with something else there', resource({ metadata: { record: '{"kind":"adopted"}' } })],
    ['with a record that is no text', resource({ metadata: { record: 7 } })],
    ['that is no JSON', 'hello'],
    ['that is null', 'null'],
  ])('returns undefined for %s', (_what, data) => {
    expect(receiptInNotification(data, filed.object)).toBeUndefined();
  });
});
