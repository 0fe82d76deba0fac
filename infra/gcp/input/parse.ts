import * as v from 'valibot';
import { describeIssues, type Issue } from '../../../functions/core/values/issues.ts';
import { checkStack } from './check.ts';
import { type StackInput, stackSchema } from './schema.ts';

export class StackInputError extends Error {
  override readonly name = 'StackInputError';
  readonly code = 'STACK_INPUT';
  readonly issues: readonly Issue[];
  constructor(issues: readonly Issue[]) {
    super(`invalid stack input: ${describeIssues(issues)}`);
    this.issues = issues;
  }
}

/** Parses a stack's configuration. @throws StackInputError with every issue at once */
export function parseInput(raw: unknown): StackInput {
  const result = v.safeParse(stackSchema, raw);
  const issues = (result.issues ?? []).flatMap(issuesOf);
  // A value of the right type and a wrong form does not hide what is wrong elsewhere.
  if (result.typed) issues.push(...checkStack(result.output).filter((issue) => !isConsequence(issue, issues)));
  if (!result.typed || issues.length > 0) throw new StackInputError(issues);
  return result.output;
}

/** The issues of a union's own branch replace the union's, which names no field. */
function issuesOf(issue: v.BaseIssue<unknown>): Issue[] {
  const path = v.getDotPath(issue) ?? '';
  const inner = issue.type === 'union' && typeof issue.input === 'object' ? (issue.issues ?? []) : [];
  const ofObject = inner.filter((one) => one.type !== 'literal');
  if (ofObject.length > 0)
    return ofObject.map((one) => ({ path: `${path}.${v.getDotPath(one) ?? ''}`, message: one.message }));
  const isMissing = issue.kind === 'schema' && issue.input === undefined;
  return [{ path, message: isMissing ? 'missing' : issue.message }];
}

/** True if a job's arguments are refused because a value in them is reported already. */
function isConsequence({ path }: Issue, reported: readonly Issue[]): boolean {
  if (!path.endsWith('.job.args')) return false;
  const tenant = path.slice(0, -'job.args'.length);
  return reported.some((one) => one.path.startsWith(tenant) || one.path.startsWith('jobs.'));
}
