import type { Issue } from '../core/values/issues.ts';

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
