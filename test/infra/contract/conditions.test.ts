import { describe, expect, it } from 'vitest';
import { InvalidValueError } from '#functions/core/values/issues.ts';
import { githubCondition, githubMember, onlyObject } from '../../../infra/contract/conditions.ts';

const HOSTILE = ['a" || true || "', 'a\\', "a'", 'a b', '', 'a\nb', 'a/../b"'];

describe('onlyObject', () => {
  it('names exactly one object', () => {
    expect(onlyObject('acme-assignments', 'guard.json')).toEqual({
      title: 'only guard.json',
      expression: 'resource.name == "projects/_/buckets/acme-assignments/objects/guard.json"',
    });
  });

  it.each(HOSTILE)('refuses a name that could change the expression: %j', (text) => {
    expect(() => onlyObject(text, 'guard.json')).toThrow(InvalidValueError);
    expect(() => onlyObject('acme-assignments', text)).toThrow(InvalidValueError);
  });
});

describe('githubCondition', () => {
  it('accepts the given branch of each given repository', () => {
    const promoters = [
      { repository: 'acme/environments', ref: 'refs/heads/main' },
      { repository: 'acme/tools.v2', ref: 'refs/tags/release' },
    ];

    expect(githubCondition(promoters)).toBe(
      '(assertion.repository == "acme/environments" && assertion.ref == "refs/heads/main") || ' +
        '(assertion.repository == "acme/tools.v2" && assertion.ref == "refs/tags/release")',
    );
  });

  it('accepts no repository of a new owner of the name, where the owner has a number', () => {
    const promoters = [{ repository: 'acme/environments', ref: 'refs/heads/main', ownerId: '1234' }];

    expect(githubCondition(promoters)).toBe(
      '(assertion.repository == "acme/environments" && assertion.ref == "refs/heads/main" && ' +
        'assertion.repository_owner_id == "1234")',
    );
  });

  it.each([...HOSTILE, '0', 'acme'])('refuses an owner that is no number: %j', (ownerId) => {
    const promoters = [{ repository: 'acme/environments', ref: 'refs/heads/main', ownerId }];
    expect(() => githubCondition(promoters)).toThrow(InvalidValueError);
  });

  it('refuses an empty list, because an empty condition accepts every token of GitHub', () => {
    expect(() => githubCondition([])).toThrow(InvalidValueError);
  });

  it.each([...HOSTILE, 'acme', 'acme/*'])('refuses a repository that could change the expression: %j', (repository) => {
    expect(() => githubCondition([{ repository, ref: 'refs/heads/main' }])).toThrow(InvalidValueError);
    expect(() => githubMember('123', repository)).toThrow(InvalidValueError);
  });

  it.each([...HOSTILE, 'main', 'refs/pull/1/merge'])('refuses a ref that is no branch or tag: %j', (ref) => {
    expect(() => githubCondition([{ repository: 'acme/environments', ref }])).toThrow(InvalidValueError);
  });
});
