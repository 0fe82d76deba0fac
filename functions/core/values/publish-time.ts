import { InvalidValueError } from './issues.ts';

/** Hour 24, which JavaScript would take for midnight, is none that the ledger's readers accept. */
const RFC3339 = /^(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * Pub/Sub's publish time in one form, with nine fractional digits, so that times order as text.
 *
 * @throws UsageFault
 */
export function parsePublishTime(text: string): string {
  const match = RFC3339.exec(text);
  if (match === null || Number.isNaN(Date.parse(text))) {
    throw new InvalidValueError(`expected an RFC 3339 time in UTC, got ${JSON.stringify(text.slice(0, 60))}`);
  }
  return `${match[1]}.${(match[2] ?? '').padEnd(9, '0')}Z`;
}

export type PublishOrder = { publishTime: string; messageId: string };

/** The order of promotions: publish time, then message id. Message ids are numbers as text, so the shorter is the smaller. */
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
