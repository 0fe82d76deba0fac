import { InvalidValueError } from './issues.ts';

/** Hours 00 to 23: JavaScript reads hour 24 as midnight, but the ledger's schema rejects it. */
const RFC3339 = /^(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * The time with nine fractional digits, so that times sort as text.
 *
 * @throws InvalidValueError
 */
export function parsePublishTime(text: string): string {
  const match = RFC3339.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) {
    throw new InvalidValueError(`expected an RFC 3339 time in UTC, got ${JSON.stringify(text.slice(0, 60))}`);
  }
  return `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}

export type PublishOrder = { publishTime: string; messageId: string };

/** Orders promotions by publish time, then by message id. Ids are numbers as text, so a shorter id is smaller. */
export function comparePublishOrder(a: PublishOrder, b: PublishOrder): number {
  return (
    compareText(a.publishTime, b.publishTime) ||
    a.messageId.length - b.messageId.length ||
    compareText(a.messageId, b.messageId)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
