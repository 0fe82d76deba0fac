import { IDENTIFIER, parseIdentifier } from '../core/values/identifier.ts';
import { collectIssue, type Issue } from '../core/values/issues.ts';
import { MAX_SECONDS } from '../core/values/seconds.ts';

/** Reads a whole number from 0. Undefined if the option is absent or invalid; the latter adds an issue. */
export function readCount(text: string | undefined, option: string, issues: Issue[]): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  issues.push({ path: option, message: `expected a whole number, got ${JSON.stringify(text)}` });
  return undefined;
}

/** Reads seconds from 1 to a week. An invalid text adds an issue and gives 1, so that the other options are read too. */
export function readSeconds(text: string, option: string, issues: Issue[]): number {
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds;
  issues.push({ path: option, message: `expected seconds from 1 to ${MAX_SECONDS}, got ${JSON.stringify(text)}` });
  return 1;
}

/** Splits `a,b`. Empty names are kept, so that the check of the names refuses them. */
export function readNames(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

export function checkIdentifier(text: string, path: string, issues: Issue[]): boolean {
  collectIssue(issues, path, () => parseIdentifier(text));
  return IDENTIFIER.test(text);
}

const ASSIGNMENT = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** Reads `NAME=VALUE` options. A value may be empty and may contain `=`. */
export function readVariables(texts: readonly string[], issues: Issue[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value = ''] = ASSIGNMENT.exec(text) ?? [];
    if (name === undefined) issues.push({ path: '--env', message: `expected NAME=VALUE, got ${JSON.stringify(text)}` });
    else if (name in variables) issues.push({ path: '--env', message: `${name} is given more than once` });
    else variables[name] = value;
  }
  return variables;
}
