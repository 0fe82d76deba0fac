import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatRecord, parseRecord } from '#functions/core/records/codec.ts';
import { ledgerEntrySchema } from '#functions/core/records/ledger-entry.ts';
import { InvalidValueError } from '#functions/core/values/issues.ts';
import { comparePublishOrder, parsePublishTime } from '#functions/core/values/publish-time.ts';
import { buildEntry } from '../../fixtures/entry.ts';

describe('parsePublishTime', () => {
  it.each([
    ['2026-11-20T12:00:00Z', '2026-11-20T12:00:00.000000000Z'],
    ['2026-11-20T12:00:00.5Z', '2026-11-20T12:00:00.500000000Z'],
    ['2026-11-20T12:00:00.123456789Z', '2026-11-20T12:00:00.123456789Z'],
  ])('pads %s to nine fractional digits', (text, parsed) => {
    expect(parsePublishTime(text)).toBe(parsed);
  });

  it.each([
    '',
    'yesterday',
    '2026-11-20',
    '2026-11-20T12:00:00',
    '2026-11-20T12:00:00+01:00',
    '2026-13-01T00:00:00Z',
    '2026-11-20T12:00:61Z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T12:00:00.1234567890Z',
    '2026-11-20T12:00:00Z\n',
  ])('rejects %j as a publish time', (text) => {
    expect(() => parsePublishTime(text)).toThrow(InvalidValueError);
    expect(() => parsePublishTime(text)).toThrow(`got ${JSON.stringify(text)}`);
  });

  it('accepts only times that the ledger’s schema accepts', () => {
    const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
    const time = fc.tuple(two(13), two(32), two(25), two(61), two(61), fc.constantFrom('', '.1', '.999999999'));
    fc.assert(
      fc.property(time, ([month, day, hour, minute, second, fraction]) => {
        const publishTime = accepted(`2026-${month}-${day}T${hour}:${minute}:${second}${fraction}Z`);
        fc.pre(publishTime !== undefined);
        const entry = buildEntry(1, { publishTime });
        expect(parseRecord(ledgerEntrySchema, formatRecord(entry), 'entry')).toEqual(entry);
      }),
      { numRuns: 2000 },
    );
  });
});

function accepted(text: string): string | undefined {
  try {
    return parsePublishTime(text);
  } catch {
    return undefined;
  }
}

describe('comparePublishOrder', () => {
  const order = fc.record({
    publishTime: fc
      .date({ min: new Date('2026-01-01'), max: new Date('2026-01-02'), noInvalidDate: true })
      .map((date) => parsePublishTime(date.toISOString())),
    messageId: fc.oneof(fc.nat({ max: 30 }).map(String), fc.stringMatching(/^[\w-]{1,3}$/)),
  });

  it('orders every two promotions, and only equal ones as equal', () => {
    fc.assert(
      fc.property(order, order, (a, b) => {
        expect(Math.sign(comparePublishOrder(a, b)) + Math.sign(comparePublishOrder(b, a))).toBe(0);
        expect(comparePublishOrder(a, b) === 0).toBe(a.publishTime === b.publishTime && a.messageId === b.messageId);
      }),
    );
  });

  it('orders promotions transitively', () => {
    fc.assert(
      fc.property(order, order, order, (a, b, c) => {
        fc.pre(comparePublishOrder(a, b) < 0 && comparePublishOrder(b, c) < 0);
        expect(comparePublishOrder(a, c)).toBeLessThan(0);
      }),
    );
  });

  it('compares times first, then message ids as numbers', () => {
    const early = '2026-01-01T00:00:00.000000000Z';
    const late = '2026-01-01T00:00:00.000000001Z';
    expect(comparePublishOrder({ publishTime: early, messageId: '9' }, { publishTime: late, messageId: '1' })).toBe(-1);
    expect(
      comparePublishOrder({ publishTime: early, messageId: '9' }, { publishTime: early, messageId: '10' }),
    ).toBeLessThan(0);
  });
});
