import { describe, expect, it } from 'vitest';
import {
  collectIssue,
  describeIssues,
  InvalidValueError,
  type Issue,
  truncateIssues,
} from '#functions/core/values/issues.ts';

describe('issues', () => {
  it('collectIssue collects InvalidValueError only', () => {
    const faults: Issue[] = [];
    const refuse = () => {
      throw new InvalidValueError('no');
    };
    expect(collectIssue(faults, 'a', refuse)).toBeUndefined();
    expect(collectIssue(faults, 'b', () => 5)).toBe(5);
    expect(faults).toEqual([{ path: 'a', message: 'no' }]);
    expect(() => collectIssue(faults, 'c', () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(describeIssues([...faults, { path: '', message: 'at all' }])).toBe('a: no; at all');
  });

  it('truncateIssues keeps as many issues as can be stored', () => {
    const few = [{ path: 'a', message: 'b' }];
    expect(truncateIssues(few)).toEqual(few);
    const issue = { path: 'p'.repeat(5_000), message: 'm'.repeat(5_000) };
    const many = Array.from({ length: 100_000 }, () => issue);
    const clipped = truncateIssues(many);
    expect(clipped).toHaveLength(201);
    expect(clipped.at(-1)).toEqual({ path: '', message: 'and 99800 more issues' });
    expect(JSON.stringify(clipped).length).toBeLessThan(1024 ** 2);
  });
});
