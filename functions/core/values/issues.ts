/** One thing that is wrong with an input: where, and what was got and wanted. */
export type Issue = { path: string; message: string };

/** A single value that cannot be accepted; whoever reads a whole input collects these into `InputFault`s. */
export class InvalidValueError extends Error {
  override readonly name = 'UsageFault';
}

/** Runs a parser and turns its `UsageFault` into an entry of `faults`; undefined where there was one. */
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

/** As many faults as a log line and a stored rejection can hold: somebody may send a message with a million of them. */
export function truncateIssues(
  issues: readonly Issue[],
  { count = MAX_ISSUES, text = MAX_ISSUE_LENGTH } = {},
): Issue[] {
  const kept = issues.slice(0, count).map(({ path, message }) => ({
    path: path.slice(0, text),
    message: message.slice(0, text),
  }));
  const left = issues.length - kept.length;
  return left === 0 ? kept : [...kept, { path: '', message: `and ${left} more faults` }];
}
