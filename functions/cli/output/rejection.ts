import { parsePartially } from '../../core/messages/promote-event.ts';
import type { Rejection } from '../../core/records/rejection.ts';
import { describeIssues } from '../../core/values/issues.ts';
import type { Output } from './output.ts';
import { describeAge, sanitizeForTerminal, wrapText } from './text.ts';

const RECENT_MS = 3_600_000;

/** A rejected promotion with all its issues. */
export function rejectionLines({ messageId, rejectedAt, faults }: Rejection, now: Date, output: Output): string[] {
  const age = describeAge(rejectedAt, now);
  return [
    `${output.paint('red', 'rejected')} message ${sanitizeForTerminal(messageId)}, ${age} ago (${rejectedAt})`,
    ...faults.flatMap(({ path, message }) =>
      wrapText(sanitizeForTerminal(path === '' ? message : `${path}: ${message}`), output.columns, '  '),
    ),
  ];
}

/** The runtime of a rejected promotion; undefined if its data is unreadable. */
export function runtimeOf({ runtime, data }: Rejection): string | undefined {
  return runtime ?? parsePartially(data).runtime;
}

/** The number of promotions rejected in the last hour, and the newest with its reasons. */
export function recentRejectionLines(rejections: readonly Rejection[], now: Date, output: Output): string[] {
  const recent = rejections.filter(({ rejectedAt }) => now.getTime() - Date.parse(rejectedAt) < RECENT_MS);
  const [newest] = recent;
  if (newest === undefined) return [];
  const who = `message ${sanitizeForTerminal(newest.messageId)} for ${sanitizeForTerminal(runtimeOf(newest) ?? 'no readable runtime')}`;
  const others = recent.length > 1 ? ` (all: pincast status --json)` : '';
  const counted = `${recent.length} rejected in the last hour${others}`;
  const newestText = `${who}, ${describeAge(newest.rejectedAt, now)} ago: ${sanitizeForTerminal(describeIssues(newest.faults))}`;
  const [first = '', ...rest] = wrapText(`${counted}; ${newestText}`, output.columns);
  return [output.paint('yellow', first), ...rest];
}
