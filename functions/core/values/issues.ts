/** One defect of an input: where it is, what was got and what was expected. */
export type Issue = { path: string; message: string };

/** A value is invalid. A parser of a whole input collects these as issues. */
export class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError';
}

/** The parsed value; undefined if the parser threw `InvalidValueError`, which becomes an issue. */
export function collectIssue<T>(issues: Issue[], path: string, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidValueError)) throw error;
    issues.push({ path, message: error.message });
    return undefined;
  }
}

export function describeIssues(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
}

const MAX_ISSUES = 200;
const MAX_ISSUE_LENGTH = 1_000;

/** At most `count` issues with short texts. Attack: one message may have a million issues. */
export function truncateIssues(
  issues: readonly Issue[],
  { count = MAX_ISSUES, text = MAX_ISSUE_LENGTH } = {},
): Issue[] {
  const kept = issues.slice(0, count).map(({ path, message }) => ({
    path: path.slice(0, text),
    message: message.slice(0, text),
  }));
  const left = issues.length - kept.length;
  return left === 0 ? kept : [...kept, { path: '', message: `and ${left} more issues` }];
}
