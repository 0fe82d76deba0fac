import { IDENTIFIER, parseIdentifier } from '../core/values/identifier.ts';
import { collectIssue, type Issue } from '../core/values/issues.ts';
import { MAX_SECONDS } from '../core/values/seconds.ts';

/** A whole number from 0; undefined where the option is absent, or wrong and among the issues. */
export function readCount(text: string | undefined, option: string, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  issues.push({ path: option, message: `expected a whole number, got ${JSON.stringify(text)}` });
  return undefined;
}

/** Seconds from 1 to a week. A fault gives a number too, so that reading can go on. */
export function readSeconds(text: string, option: string, issues: Issue[]): number {
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  issues.push({ path: option, message: `expected seconds from 1 to ${MAX_SECONDS}, got ${JSON.stringify(text)}` });
  return 1;
}

/** `a,b`; empty names are kept, so that they are refused where the names are checked. */
export function readNames(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

export function checkIdentifier(text: string, path: string, issues: Issue[]): boolean {
  collectIssue(issues, path, () => parseIdentifier(text));
  return IDENTIFIER.test(text);
}
