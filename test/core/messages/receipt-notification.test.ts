import { describe, expect, it } from 'vitest';
import { parseReceiptNotification } from '#functions/core/messages/receipt-notification.ts';
import { formatRecord } from '#functions/core/records/codec.ts';
import { buildStoredReceipt } from '../../fixtures/receipt.ts';
import { publishTime } from '../../fixtures/times.ts';

const filed = buildStoredReceipt();
const { tenant, runtime, execution, taskIndex, taskAttempt, kind } = filed.receipt;
const name = { tenant, runtime, execution, taskIndex, taskAttempt, kind };
const resource = (changes: object = {}) =>
  JSON.stringify({ name: filed.object, metadata: { record: formatRecord(filed.receipt) }, ...changes });

function parse(data: string, change: Record<string, string> = {}) {
  const attributes = { bucketId: 'receipts', objectId: filed.object, eventType: 'OBJECT_FINALIZE', ...change };
  return parseReceiptNotification({ data, messageId: '7', publishTime: publishTime(7), attributes }, 'receipts');
}

describe('parseReceiptNotification', () => {
  it('returns the name in the attributes and the receipt in the resource’s metadata', () => {
    expect(parse(resource())).toEqual({ name, receipt: filed });
  });

  it.each([
    ['of another object', resource({ name: 'acme/codex/other/0-0-adopted.json' })],
    ['without metadata', resource({ metadata: null })],
    ['with something else there', resource({ metadata: { record: '{"kind":"adopted"}' } })],
    ['with a record that is no text', resource({ metadata: { record: 7 } })],
    ['that is no JSON', 'hello'],
    ['that is null', 'null'],
  ])('returns the name alone for a resource %s', (_what, data) => {
    expect(parse(data)).toEqual({ name });
  });

  it.each([
    ['another bucket', { bucketId: 'results' }],
    ['another object', { objectId: 'acme/codex/receipt.json' }],
    ['a deletion', { eventType: 'OBJECT_DELETE' }],
  ])('returns undefined for a notification of %s', (_what, change) => {
    expect(parse(resource(), change)).toBeUndefined();
  });
});
