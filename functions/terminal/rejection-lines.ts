import type { Rejection } from '../core/rejection.ts';
import { describeAge } from './describe-age.ts';
import type { Output } from './output.ts';
import { printable } from './printable.ts';

/** A rejected promotion with every fault. */
export function rejectionLines({ messageId, rejectedAt, faults }: Rejection, now: Date, { paint }: Output): string[] {
  const age = describeAge(rejectedAt, now);
  return [
    `${paint('red', 'rejected')} message ${printable(messageId)}, ${age} ago (${rejectedAt})`,
    ...faults.map(({ path, message }) => `  ${path === '' ? '' : `${printable(path)}: `}${printable(message)}`),
  ];
}
